// check.h: CHECK for our own mistakes, on in every build.  What the contract says fails is no such.
#pragma once

#undef NDEBUG
#include <cassert>

// This program is wrong: prints condition and clause, and aborts.
#define CHECK(condition, clause) assert((condition) && (clause))
