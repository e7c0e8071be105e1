#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace net {

/// Cuts what one client sends into lines for people: "<192.0.2.1:4711> text". What is not plain text is shown
/// as \xHH, tabs aside. A line of more than `longest` bytes goes on in pieces.
class ChatLines {
 public:
  static constexpr std::size_t longest = 4096;

  explicit ChatLines(std::string who) : who_(std::move(who)) {}
  /// The lines that `bytes` complete, each with its newline.
  [[nodiscard]] std::string feed(std::string_view bytes);
  /// The client has ended: what it left without a newline.
  [[nodiscard]] std::string finish();

 private:
  void end_line(std::string& out);
  void tell(std::string& out, std::string_view text) const;

  std::string who_;
  std::string line_{};
  bool continued_ = false;  ///< a piece of this line has gone already
};

}  // namespace net
