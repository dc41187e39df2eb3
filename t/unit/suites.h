SUITE(arena)
