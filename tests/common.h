// Precompiled for every test.
#pragma once

#include <catch2/catch.hpp>
