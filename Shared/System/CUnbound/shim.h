#include <sys/eventfd.h>  // wakes the thread that waits for libunbound
#include <unbound.h>
