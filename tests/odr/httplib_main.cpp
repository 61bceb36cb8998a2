bool start_after_httplib();
bool start_before_httplib();

int main() { return start_after_httplib() && start_before_httplib() ? 0 : 1; }
