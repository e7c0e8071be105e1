#include "net/dns/libc_view.hh"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <nss.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "net/base/bytes.hh"
#include "net/base/fd.hh"
#include "net/sock/socket.hh"

namespace net::dns {
namespace {

// So that an answer is one message on its way; more addresses than any name has.
constexpr std::size_t most_addresses = 1000;
constexpr std::size_t most_bytes = 65536;

struct Row {
  int code;
  std::string_view symbol;
  std::string_view words;
};

constexpr std::array<Row, 9> rows{{
    {EAI_NONAME, "EAI_NONAME", "no such name or no address"},
    {EAI_AGAIN, "EAI_AGAIN", "temporary failure, as after SERVFAIL or silence"},
    {EAI_FAIL, "EAI_FAIL", "permanent failure"},
    {EAI_FAMILY, "EAI_FAMILY", "address family not supported"},
    {EAI_MEMORY, "EAI_MEMORY", "out of memory"},
    {EAI_SERVICE, "EAI_SERVICE", "no such service"},
    {EAI_SYSTEM, "EAI_SYSTEM", "system error"},
#ifdef EAI_NODATA
    {EAI_NODATA, "EAI_NODATA", "the name has no address"},
    {EAI_ADDRFAMILY, "EAI_ADDRFAMILY", "the name has no address of this family"},
#endif
}};

const Row* find_row(int code) {
  const auto* row = std::ranges::find(rows, code, &Row::code);
  return row == rows.end() || row->symbol.empty() ? nullptr : row;
}

/// getaddrinfo's codes.
class Category final : public NamedCategory {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "getaddrinfo"; }
  [[nodiscard]] std::string message(int value) const override {
    const Row* const row = find_row(value);
    return row == nullptr ? "getaddrinfo failed" : std::string(row->words);
  }
  [[nodiscard]] std::string symbol(int value) const override {
    const Row* const row = find_row(value);
    return row == nullptr ? "EAI_" + std::to_string(value) : std::string(row->symbol);
  }
  [[nodiscard]] bool is_silence(int /*value*/) const override { return false; }
};

std::error_code eai_code(int code, int system) {
  static const Category category;
  if (code == EAI_SYSTEM) return errno_code(system);
  return {code, category};
}

struct FreeAddrinfo {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

/// One call, in the child, as one message for the parent.
Buffer call(const std::string& name, const LibcCall& how) {
#ifdef __GLIBC__
  if (!how.service.empty()) __nss_configure_lookup("hosts", how.service.c_str());
#endif
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME | (how.addrconfig ? AI_ADDRCONFIG : 0);
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto begin = std::chrono::steady_clock::now();
  const int code = getaddrinfo(name.c_str(), nullptr, &hints, &found);
  const int system = errno;
  const auto time = std::chrono::steady_clock::now() - begin;
  const std::unique_ptr<addrinfo, FreeAddrinfo> list(code == 0 ? found : nullptr);
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(code));
  out.u32(static_cast<std::uint32_t>(system));
  out.u32(static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count()));
  const std::string_view canonical = list && list->ai_canonname != nullptr ? list->ai_canonname : "";
  out.u16(static_cast<std::uint16_t>(canonical.size()));
  out.append(bytes_of(canonical));
  std::size_t count = 0;
  for (const addrinfo* node = list.get(); node != nullptr && count < most_addresses; node = node->ai_next) {
    const Endpoint address = Endpoint::from_bytes(node->ai_addr, node->ai_addrlen);
    if (!address.is_ip()) continue;
    out.u8(static_cast<std::uint8_t>(address.address_bytes().size()));
    out.append(address.address_bytes());
    out.u32(address.scope());
    ++count;
  }
  return out.take();
}

[[noreturn]] void child(int channel, pid_t parent, const std::string& name,
                        const std::vector<LibcCall>& calls) {
  // Nothing of the parent's lives on here, and the child does not outlive it. Where libc crashes (glibc 2.36
  // does at a line "hosts:" without services) the signal is what there is to tell.
  for (const int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) std::signal(number, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  for (const LibcCall& how : calls) {
    const Buffer message = call(name, how);
    if (::send(channel, message.data(), message.size(), MSG_NOSIGNAL) < 0) _exit(1);
  }
  _exit(0);
}

/// How a child ended that should have answered.
std::string end_text(int status) {
  if (!WIFSIGNALED(status)) return "ended without an answer";
  const int number = WTERMSIG(status);
#ifdef __GLIBC__
  const char* const name = sigabbrev_np(number);
  if (name != nullptr) return std::string("was killed by SIG") + name;
#endif
  return "was killed by signal " + std::to_string(number);
}

std::optional<LibcAnswer> decode(ByteView bytes, const std::string& name) {
  ByteReader in(bytes);
  LibcAnswer answer;
  const int code = static_cast<int>(in.u32());
  const int system = static_cast<int>(in.u32());
  answer.time = std::chrono::microseconds(in.u32());
  const ByteView canonical = in.take(in.u16());
  answer.canonical_name.assign(canonical.begin(), canonical.end());
  while (in.ok() && !in.at_end()) {
    const ByteView address = in.take(in.u8());
    const std::uint32_t scope = in.u32();
    if (address.size() == 4) answer.addresses.push_back(Endpoint::ipv4(address.first<4>(), 0));
    if (address.size() == 16) answer.addresses.push_back(Endpoint::ipv6(address.first<16>(), 0, scope));
  }
  if (!in.ok()) return std::nullopt;
  if (code != 0) {
    const bool ours = code == EAI_SYSTEM || code == EAI_MEMORY;
    answer.error.emplace("getaddrinfo", name, eai_code(code, system), ours ? Blame::local : Blame::remote);
  }
  return answer;
}

}  // namespace

LibcView::LibcView(Reactor& reactor, std::string name, const std::vector<LibcCall>& calls)
    : name_(std::move(name)), left_(calls.size()) {
  std::array<int, 2> ends{};
  // Each answer is a message, and the end of the child is the end of the conversation.
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0) {
    start_failure_ = errno_code();
    return;
  }
  Fd ours(ends[0]);
  const Fd theirs(ends[1]);
  const pid_t parent = getpid();
  child_ = fork();
  if (child_ == 0) child(theirs.get(), parent, name_, calls);
  if (child_ < 0) start_failure_ = errno_code();
  auto socket = Socket::adopt(std::move(ours), AF_UNIX, SOCK_SEQPACKET);
  if (!socket) {
    start_failure_ = socket.error().code;
    return;
  }
  answers_.emplace(reactor, std::move(*socket));
}

LibcView::~LibcView() {
  static_cast<void>(reap());
}

int LibcView::reap() {
  if (child_ <= 0) return 0;
  // One that is dead already keeps its own end.
  kill(child_, SIGKILL);
  int status = 0;
  while (waitpid(child_, &status, 0) < 0 && errno == EINTR) continue;
  child_ = -1;
  return status;
}

LibcAnswer LibcView::local_failure(std::error_code code, std::string detail) const {
  LibcAnswer answer;
  answer.error.emplace("getaddrinfo", name_, code, Blame::local);
  answer.error->detail = std::move(detail);
  return answer;
}

Task<std::optional<LibcAnswer>> LibcView::next() {
  if (left_ == 0) co_return std::nullopt;
  --left_;
  if (start_failure_) {
    left_ = 0;
    co_return local_failure(start_failure_, {});
  }
  Buffer message(most_bytes);
  for (;;) {
    const Io got = answers_->read(std::as_writable_bytes(std::span(message)));
    if (!got && would_block(got.error())) {
      co_await answers_->in().wait();
      continue;
    }
    auto answer = got && *got > 0 ? decode(ByteView(message).first(*got), name_) : std::nullopt;
    if (answer) co_return answer;
    left_ = 0;
    co_return local_failure(errno_code(ECHILD), "the process that asked the C library " + end_text(reap()));
  }
}

bool has_own_address(int family) {
  ifaddrs* list = nullptr;
  // When in doubt there is one, as the C library has it.
  if (getifaddrs(&list) < 0) return true;
  bool found = false;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != family) continue;
    const auto length =
        static_cast<socklen_t>(family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    const auto bytes = Endpoint::from_bytes(entry->ifa_addr, length);
    const std::string text = bytes.address_text();
    found = found || (family == AF_INET ? !text.starts_with("127.") : text != "::1");
  }
  freeifaddrs(list);
  return found;
}

bool can_ask_services_alone() {
#ifdef __GLIBC__
  return true;
#else
  return false;
#endif
}

}  // namespace net::dns
