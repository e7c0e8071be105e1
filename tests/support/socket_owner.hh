#pragma once

#include <sys/types.h>

#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "tests/support/fd.hh"
#include "tests/support/wait.hh"

namespace test {

/// Another process with sockets of its own, for looking at them from outside. It is a fork of the test that
/// has the descriptors 0-2 and no other, does what it is told with in(), and is killed by the destructor.
///
///   SocketOwner owner;
///   int fd = owner.in([] { return listening_socket(ip_address("127.0.0.1", 0), SOCK_STREAM); });
///   Address where = owner.in(local_address, fd);
class SocketOwner {
 public:
  /// `first` runs in the child before anything else (setns, setuid); what it throws is thrown here.
  explicit SocketOwner(const std::function<void()>& first = {});
  ~SocketOwner();
  SocketOwner(const SocketOwner&) = delete;
  SocketOwner& operator=(const SocketOwner&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string pid_text() const { return std::to_string(pid_); }

  /// Calls `work` in the child and returns what it returns, or throws what it throws. A lambda must capture
  /// nothing: what it needs is given as arguments, which are plain bytes.
  template <class Work, class... Arguments>
  std::invoke_result_t<Work, Arguments...> in(Work work, Arguments... arguments) {
    static_assert(std::is_empty_v<Work> || std::is_pointer_v<Work>, "what is captured is not there");
    using Result = std::invoke_result_t<Work, Arguments...>;
    Call call = {&serve<Work, Arguments...>, {}};
    pack(call.bytes, work);
    (pack(call.bytes, arguments), ...);
    std::string_view reply = ask(call);
    if constexpr (!std::is_void_v<Result>) return unpack<Result>(reply);
  }

 private:
  static constexpr size_t most_bytes = 4096;
  struct Bytes {
    char data[most_bytes];
    size_t size = 0;
  };
  using Serve = void (*)(std::string_view request, Bytes& reply);
  /// The child's memory is the test's own at the fork, so that an address of code holds there too.
  struct Call {
    Serve serve;
    Bytes bytes;
  };

  template <class T>
  static void pack(Bytes& bytes, const T& value) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= most_bytes / 2);
    if (bytes.size + sizeof value > most_bytes) fail("too many arguments");
    std::memcpy(bytes.data + bytes.size, &value, sizeof value);
    bytes.size += sizeof value;
  }

  template <class T>
  static T unpack(std::string_view& bytes) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (bytes.size() < sizeof(T)) fail("a message of the owner's is cut");
    T value{};
    std::memcpy(&value, bytes.data(), sizeof value);
    bytes.remove_prefix(sizeof value);
    return value;
  }

  template <class Work, class... Arguments>
  static void serve(std::string_view request, Bytes& reply) {
    auto work = unpack<Work>(request);
    // In braces, so that they are taken from left to right.
    std::tuple<Arguments...> arguments{unpack<Arguments>(request)...};
    if constexpr (std::is_void_v<std::invoke_result_t<Work, Arguments...>>) {
      std::apply(work, arguments);
    } else {
      pack(reply, std::apply(work, arguments));
    }
  }

  [[noreturn]] static void serve_forever(int channel, const std::function<void()>& first);
  std::string_view ask(const Call& call);
  std::string_view receive();

  Fd channel_;
  pid_t pid_ = -1;
  std::string reply_;
};

}  // namespace test
