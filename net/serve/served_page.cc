#include "net/serve/served_page.hh"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>

namespace net {
namespace {

/// Text in a fixed place.
template <std::size_t Size>
struct Text {
  void set(std::string_view text) {
    size = std::min(text.size(), Size);
    std::ranges::copy(text.substr(0, size), bytes.begin());
  }
  [[nodiscard]] std::string get() const { return {bytes.data(), size}; }
  std::size_t size = 0;
  std::array<char, Size> bytes{};
};

/// An Error without memory of its own. What points into the program (the name of the operation, the category
/// of the code) is the same in the child: it was never another program.
struct ErrorImage {
  std::string_view op;
  std::error_code code;
  Blame blame = Blame::local;
  Text<256> subject;
  Text<512> detail;
  Text<256> said_by;
  Text<512> hint;
};

}  // namespace

struct ServedPage::Image {
  bool written = false;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t unsent = 0;
  Duration duration{};
  EndReason reason{};
  bool has_tcp_info = false;
  std::array<std::uint32_t, 5> tcp{};
  Text<16> congestion_control;
  std::optional<Exited> program;
  bool has_error = false;
  ErrorImage error;
};

ServedPage::ServedPage() {
  void* const place = mmap(nullptr, sizeof(Image), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) throw std::system_error(errno_code(), "mmap");
  image_ = new (place) Image;
}

ServedPage::~ServedPage() {
  munmap(image_, sizeof(Image));
}

void ServedPage::write(const Served& served) {
  Image& image = *image_;
  image.sent = served.closed.sent;
  image.received = served.closed.received;
  image.unsent = served.closed.unsent;
  image.duration = served.closed.duration;
  image.reason = served.closed.reason;
  image.program = served.program;
  if (const auto& info = served.closed.tcp_info) {
    image.has_tcp_info = true;
    image.tcp = {info->rtt_us, info->rttvar_us, info->retransmits, info->send_mss, info->cwnd};
    image.congestion_control.set(info->congestion_control);
  }
  if (const auto& error = served.error) {
    image.has_error = true;
    image.error.op = error->op;
    image.error.code = error->code;
    image.error.blame = error->blame;
    image.error.subject.set(error->subject);
    image.error.detail.set(error->detail);
    image.error.said_by.set(error->said_by);
    image.error.hint.set(error->hint);
  }
  image.written = true;
}

std::optional<Served> ServedPage::read() const {
  const Image& image = *image_;
  if (!image.written) return std::nullopt;
  Served served;
  served.closed = {image.sent, image.received, image.unsent, image.duration, image.reason, {}};
  served.program = image.program;
  if (image.has_tcp_info) {
    const auto& tcp = image.tcp;
    served.closed.tcp_info = TcpInfo{tcp[0], tcp[1], tcp[2], tcp[3], tcp[4], image.congestion_control.get()};
  }
  if (image.has_error) {
    Error& error =
        served.error.emplace(image.error.op, image.error.subject.get(), image.error.code, image.error.blame);
    error.detail = image.error.detail.get();
    error.said_by = image.error.said_by.get();
    error.hint = image.error.hint.get();
  }
  return served;
}

}  // namespace net
