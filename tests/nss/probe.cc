// A service for nsswitch.conf(5), "probe", for tests: it knows the name probe.test alone, as 192.0.2.99,
// crashes at crash.test, and says "not found" of all others. LD_LIBRARY_PATH leads libc to it.

#include <arpa/inet.h>
#include <netdb.h>
#include <nss.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

extern "C" nss_status _nss_probe_gethostbyname4_r(const char* name, gaih_addrtuple** result, char* buffer,
                                                  std::size_t size, int* error, int* host_error,
                                                  std::int32_t* ttl);

nss_status _nss_probe_gethostbyname4_r(const char* name, gaih_addrtuple** result, char* buffer,
                                       std::size_t size, int* error, int* host_error, std::int32_t* ttl) {
  if (std::strcmp(name, "crash.test") == 0) std::abort();
  if (std::strcmp(name, "probe.test") != 0) {
    *error = ENOENT;
    *host_error = HOST_NOT_FOUND;
    return NSS_STATUS_NOTFOUND;
  }
  const std::size_t length = std::strlen(name) + 1;
  if (*result == nullptr && size < sizeof(gaih_addrtuple) + length) {
    *error = ERANGE;
    *host_error = NETDB_INTERNAL;
    return NSS_STATUS_TRYAGAIN;
  }
  // The caller lends the first tuple; the buffer holds the name, and the tuple where it does not.
  if (*result == nullptr) {
    *result = reinterpret_cast<gaih_addrtuple*>(buffer);
    buffer += sizeof(gaih_addrtuple);
  }
  std::memcpy(buffer, name, length);
  gaih_addrtuple& tuple = **result;
  tuple = {};
  tuple.name = buffer;
  tuple.family = AF_INET;
  inet_pton(AF_INET, "192.0.2.99", &tuple.addr[0]);
  if (ttl != nullptr) *ttl = 0;
  return NSS_STATUS_SUCCESS;
}
