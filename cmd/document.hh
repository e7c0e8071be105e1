#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cmd {

class Value;
/// A number of JSON as it is to be written: digits that must not be rounded.
struct NumberText {
  std::string digits;
};
using List = std::vector<Value>;
/// Keys in the order in which they were added.
using Object = std::vector<std::pair<std::string_view, Value>>;

/// One value as JSON has it. Strings may hold any bytes.
class Value {
 public:
  using Data = std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, NumberText,
                            std::string, List, Object>;

  Value() : data_(nullptr) {}
  Value(std::nullptr_t) : data_(nullptr) {}                     // NOLINT: values convert
  Value(bool value) : data_(value) {}                           // NOLINT
  Value(int value) : data_(std::int64_t{value}) {}              // NOLINT
  Value(std::int64_t value) : data_(value) {}                   // NOLINT
  Value(unsigned value) : data_(std::uint64_t{value}) {}        // NOLINT
  Value(std::uint64_t value) : data_(value) {}                  // NOLINT
  Value(double value) : data_(value) {}                         // NOLINT
  Value(NumberText value) : data_(std::move(value)) {}          // NOLINT
  Value(std::string value) : data_(std::move(value)) {}         // NOLINT
  Value(std::string_view value) : data_(std::string(value)) {}  // NOLINT
  Value(const char* value) : data_(std::string(value)) {}       // NOLINT
  Value(List value) : data_(std::move(value)) {}                // NOLINT
  Value(Object value) : data_(std::move(value)) {}              // NOLINT

  [[nodiscard]] const Data& data() const { return data_; }

 private:
  Data data_;
};

/// Who sees the text form: everybody, those who did not say --quiet, or those who said --verbose.
enum class Audience : std::uint8_t { everybody, not_quiet, verbose };

/// What the text is about, for its colour.
enum class Tone : std::uint8_t { plain, good, bad, waiting };

/// One result or event, shaped for people (a label, what it is about, the rest) and for programs. Either form
/// may be empty: then that reader does not get it.
struct Document {
  Audience audience = Audience::verbose;
  Tone tone = Tone::plain;
  std::string label{};    ///< first column, coloured by the tone
  std::string subject{};  ///< second column
  std::string text{};
  std::string_view event{};  ///< JSON: stands first, with the time
  Object json{};
};

}  // namespace cmd
