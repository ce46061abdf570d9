/* The clock of the system, which fails once when the file at CLOCK_FAILS is there: for the main thread, or for any other
   when CLOCK_FAILS_ELSEWHERE is set. The standard library of Rust treats that as impossible and panics. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    const char *trigger = getenv("CLOCK_FAILS");
    int elsewhere = getpid() != syscall(SYS_gettid);
    if (trigger && elsewhere == (getenv("CLOCK_FAILS_ELSEWHERE") != NULL) && unlink(trigger) == 0) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_clock_gettime, clock, time);
}
