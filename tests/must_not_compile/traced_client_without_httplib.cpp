// error: spanwise: include <httplib.h> where you use traced_client
#include <spanwise/instrument/httplib_client.hpp>

void f() { spanwise::traced_client client{"http://localhost"}; }
