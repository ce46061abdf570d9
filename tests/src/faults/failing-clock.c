/* The system's clock, which fails once when the file at CLOCK_FAILS is there: for the main thread, or for any other
   when CLOCK_FAILS_ELSEWHERE is set. Rust's library takes that for impossible, and panics. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    const char *order = getenv("CLOCK_FAILS");
    int elsewhere = getpid() != syscall(SYS_gettid);
    if (order && elsewhere == (getenv("CLOCK_FAILS_ELSEWHERE") != NULL) && unlink(order) == 0) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_clock_gettime, clock, time);
}
