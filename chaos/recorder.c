/* Writes down, in order, what a process does to the files of one folder: LD_PRELOAD=recorder.so RECORD_FOLDER=… RECORD_TO=…
 *
 * A record is: operation (1 byte), length of the path (2), offset (8), length of the data (8), path, data. One lock is held
 * over each call and its record, so that the order of the records is the order of what happened.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
static int out = -1;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static void put(const void *data, size_t length) {
    static ssize_t (*real_write)(int, const void *, size_t);
    if (!real_write) real_write = real("write");
    for (const char *rest = data; length > 0;) {
        ssize_t written = real_write(out, rest, length);
        if (written < 0) abort();
        rest += written;
        length -= (size_t)written;
    }
}

static void record(char operation, const char *path, int64_t offset, const void *data, int64_t length) {
    uint16_t path_length = (uint16_t)strlen(path);
    put(&operation, 1);
    put(&path_length, 2);
    put(&offset, 8);
    put(&length, 8);
    put(path, path_length);
    if (data) put(data, (size_t)length);
}

static int is_ours(const char *path) { return folder && strncmp(path, folder, strlen(folder)) == 0; }

static int path_of(int fd, char *path) {
    char name[64];
    if (out < 0) return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

__attribute__((constructor)) static void begin(void) {
    const char *to = getenv("RECORD_TO");
    folder = getenv("RECORD_FOLDER");
    if (to && folder) out = open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

#define FETCH(type, name) static type; if (!real_##name) real_##name = real(#name)

ssize_t write(int fd, const void *data, size_t length) {
    FETCH(ssize_t (*real_write)(int, const void *, size_t), write);
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real_write(fd, data, length);
    pthread_mutex_lock(&lock);
    ssize_t done = real_write(fd, data, length);
    if (done > 0) record('a', path, 0, data, done);
    pthread_mutex_unlock(&lock);
    return done;
}

#define PWRITE(name, offset_type) \
    ssize_t name(int fd, const void *data, size_t length, offset_type offset) { \
        FETCH(ssize_t (*real_##name)(int, const void *, size_t, offset_type), name); \
        char path[PATH_MAX]; \
        if (!path_of(fd, path)) return real_##name(fd, data, length, offset); \
        pthread_mutex_lock(&lock); \
        ssize_t done = real_##name(fd, data, length, offset); \
        if (done > 0) record('w', path, offset, data, done); \
        pthread_mutex_unlock(&lock); \
        return done; \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define ON_FD(name, operation, parameters, arguments, offset) \
    int name parameters { \
        FETCH(int (*real_##name) parameters, name); \
        char path[PATH_MAX]; \
        if (!path_of(fd, path)) return real_##name arguments; \
        pthread_mutex_lock(&lock); \
        int result = real_##name arguments; \
        if (result == 0) record(operation, path, offset, NULL, 0); \
        pthread_mutex_unlock(&lock); \
        return result; \
    }
ON_FD(fsync, 's', (int fd), (fd), 0)
ON_FD(fdatasync, 's', (int fd), (fd), 0)
ON_FD(ftruncate, 't', (int fd, off_t length), (fd, length), length)
ON_FD(ftruncate64, 't', (int fd, off64_t length), (fd, length), length)

int unlink(const char *path) {
    FETCH(int (*real_unlink)(const char *), unlink);
    pthread_mutex_lock(&lock);
    int result = real_unlink(path);
    if (result == 0 && out >= 0 && is_ours(path)) record('u', path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

int rename(const char *before, const char *after) {
    FETCH(int (*real_rename)(const char *, const char *), rename);
    pthread_mutex_lock(&lock);
    int result = real_rename(before, after);
    if (result == 0 && out >= 0 && is_ours(after)) record('r', after, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}
