#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test::json {

enum class Kind { null, boolean, number, string, array, object };

/// One JSON value. Every access of the wrong kind, or to what is not there, throws with the value's text.
class Value {
 public:
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_null() const { return kind_ == Kind::null; }
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] double number() const;
  /// A number without fraction and exponent.
  [[nodiscard]] long long integer() const;
  [[nodiscard]] const std::string& string() const;

  /// Elements of an array, members of an object.
  [[nodiscard]] size_t size() const;
  [[nodiscard]] const Value& operator[](size_t index) const;
  [[nodiscard]] const Value& operator[](std::string_view key) const;
  /// So that v[0] is not ambiguous with a null pointer.
  [[nodiscard]] const Value& operator[](int index) const { return (*this)[static_cast<size_t>(index)]; }
  [[nodiscard]] const Value& operator[](const char* key) const { return (*this)[std::string_view(key)]; }
  [[nodiscard]] bool has(std::string_view key) const;
  /// An object's keys in the order in which they were written.
  [[nodiscard]] std::vector<std::string> keys() const;
  [[nodiscard]] const std::vector<Value>& elements() const;

  /// The text this value was parsed from, spaces and all; of a number it is exactly what was printed.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  friend class Parser;
  void need(Kind kind) const;

  Kind kind_ = Kind::null;
  bool boolean_ = false;
  double number_ = 0;
  std::string string_;
  std::string text_;
  std::vector<Value> elements_;
  std::vector<std::string> keys_;
};

/// A strict RFC 8259 parser, independent of nettool's printer: valid UTF-8, no lone surrogates, no duplicate
/// keys, no trailing commas, no leading zeros, nothing after the value. Throws with the offset of the fault.
[[nodiscard]] Value parse(std::string_view text);
[[nodiscard]] bool valid(std::string_view text);

/// JSON Lines: one object a line, each line ended by \n, no empty lines. Throws with the line.
[[nodiscard]] std::vector<Value> parse_lines(std::string_view text);
/// The lines of `text` whose "event" is `event`.
[[nodiscard]] std::vector<Value> events(std::string_view text, std::string_view event);
/// As events(), where there must be exactly one.
[[nodiscard]] Value only_event(std::string_view text, std::string_view event);

}  // namespace test::json
