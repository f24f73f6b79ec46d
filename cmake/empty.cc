// Keeps an object library valid while a room has no source of its own.
