// Receives the traces of programs on this machine and draws them: `spanwise-receiver --help` tells what it can do.
#include <spanwise/receiver.hpp>

int main(int argc, char** argv) { return spanwise::run_receiver(argc, argv); }
