#include "net/dns/status.hh"

#include <array>
#include <string>
#include <string_view>

#include "net/base/error.hh"
#include "net/dns/types.hh"

namespace net::dns {
namespace {

struct Row {
  std::string_view symbol;
  std::string_view words;
};

// By the value of Status.
constexpr std::array<Row, 13> rows{{{"NOERROR", "no error"},
                                    {"FORMERR", "the server could not read the question"},
                                    {"SERVFAIL", "the server failed to answer"},
                                    {"NXDOMAIN", "no such name"},
                                    {"NOTIMP", "the server does not know this kind of question"},
                                    {"REFUSED", "the server refused to answer"},
                                    {"NODATA", "the name has no address of this family"},
                                    {"BADRESP", "malformed reply"},
                                    {"BADNAME", "not a valid name"},
                                    {"ETIMEDOUT", "no name server answered in time"},
                                    {"ECONNREFUSED", "no name server could be asked"},
                                    {"ETIMEDOUT", "the answer was not complete in time"},
                                    {"LAME", "no server of the zone answers for it"}}};

class Category final : public NamedCategory {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "dns"; }
  [[nodiscard]] std::string message(int value) const override { return std::string(row(value).words); }
  [[nodiscard]] std::string symbol(int value) const override { return std::string(row(value).symbol); }
  [[nodiscard]] bool is_silence(int value) const override {
    return value == static_cast<int>(Status::timed_out) || value == static_cast<int>(Status::incomplete);
  }

 private:
  static const Row& row(int value) { return rows.at(static_cast<std::size_t>(value)); }
};

class RcodeCategory final : public NamedCategory {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "dns rcode"; }
  [[nodiscard]] std::string message(int /*value*/) const override {
    return "the server answered with an error";
  }
  [[nodiscard]] std::string symbol(int value) const override {
    return rcode_text(static_cast<std::uint16_t>(value));
  }
  [[nodiscard]] bool is_silence(int /*value*/) const override { return false; }
};

}  // namespace

std::error_code rcode_error(std::uint16_t rcode) {
  static const RcodeCategory category;
  return {rcode, category};
}

std::error_code make_error_code(Status status) {
  static const Category category;
  return {static_cast<int>(status), category};
}

}  // namespace net::dns
