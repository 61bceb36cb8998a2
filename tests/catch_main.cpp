// The main of every unit test with Catch2 v2, compiled once; v3 brings its own as a library.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
