/* A disk that fails: while the file FAIL_WHILE is there, writing and syncing in FAIL_FOLDER ends with EIO.
 *
 * LD_PRELOAD=failing_disk.so FAIL_FOLDER=… FAIL_WHILE=…
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(int fd) {
    const char *folder = getenv("FAIL_FOLDER"), *when = getenv("FAIL_WHILE");
    if (!folder || !when || access(when, F_OK) != 0) return 0;
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0 && strstr(path, ".sqlite3") != NULL;
}

#define OR_EIO(type, name, parameters, arguments) \
    type name parameters { \
        static type (*real_##name) parameters; \
        if (!real_##name) real_##name = dlsym(RTLD_NEXT, #name); \
        if (fails(fd)) { errno = EIO; return -1; } \
        return real_##name arguments; \
    }
OR_EIO(ssize_t, write, (int fd, const void *data, size_t length), (fd, data, length))
OR_EIO(ssize_t, pwrite, (int fd, const void *data, size_t length, off_t offset), (fd, data, length, offset))
OR_EIO(ssize_t, pwrite64, (int fd, const void *data, size_t length, off64_t offset), (fd, data, length, offset))
OR_EIO(int, fsync, (int fd), (fd))
OR_EIO(int, fdatasync, (int fd), (fd))
OR_EIO(int, ftruncate, (int fd, off_t length), (fd, length))
OR_EIO(int, ftruncate64, (int fd, off64_t length), (fd, length))
