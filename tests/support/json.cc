#include "tests/support/json.hh"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>

#include "tests/support/utf8.hh"

namespace test::json {

namespace {

constexpr int deepest = 200;  // nesting: the parser recurses

std::string kind_name(Kind kind) {
  constexpr const char* names[] = {"null", "a boolean", "a number", "a string", "an array", "an object"};
  return names[static_cast<int>(kind)];
}

}  // namespace

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Value whole() {
    skip_space();
    Value result = value(0);
    skip_space();
    if (at_ != text_.size()) fault("something follows the value");
    return result;
  }

 private:
  [[noreturn]] void fault(const std::string& what) const {
    throw std::runtime_error("not JSON, at byte " + std::to_string(at_) + ": " + what +
                             ", in: " + std::string(text_.substr(0, 2000)));
  }
  [[nodiscard]] bool more() const { return at_ < text_.size(); }
  [[nodiscard]] char peek() const {
    if (!more()) fault("it ends too early");
    return text_[at_];
  }
  char next() {
    char c = peek();
    ++at_;
    return c;
  }
  void expect(char wanted) {
    if (peek() != wanted) fault(std::string("expected ") + wanted);
    ++at_;
  }
  void skip_space() {
    while (more() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Value value(int depth) {
    if (depth > deepest) fault("nested too deep");
    std::size_t begin = at_;
    Value result;
    switch (peek()) {
      case '{':
        object(result, depth);
        break;
      case '[':
        array(result, depth);
        break;
      case '"':
        result.kind_ = Kind::string;
        result.string_ = string();
        break;
      default:
        word_or_number(result);
    }
    result.text_ = std::string(text_.substr(begin, at_ - begin));
    return result;
  }

  void word_or_number(Value& result) {
    if (take_word("null")) return;
    result.kind_ = Kind::boolean;
    if (take_word("false")) return;
    result.boolean_ = take_word("true");
    if (result.boolean_) return;
    result.kind_ = Kind::number;
    result.number_ = number();
  }

  void object(Value& result, int depth) {
    result.kind_ = Kind::object;
    expect('{');
    skip_space();
    if (peek() == '}') {
      ++at_;
      return;
    }
    for (;;) {
      skip_space();
      std::string key = string();
      if (result.has(key)) fault("the key \"" + key + "\" comes twice");
      skip_space();
      expect(':');
      skip_space();
      result.keys_.push_back(std::move(key));
      result.elements_.push_back(value(depth + 1));
      skip_space();
      if (peek() != ',') break;
      ++at_;
    }
    expect('}');
  }

  void array(Value& result, int depth) {
    result.kind_ = Kind::array;
    expect('[');
    skip_space();
    if (peek() == ']') {
      ++at_;
      return;
    }
    for (;;) {
      skip_space();
      result.elements_.push_back(value(depth + 1));
      skip_space();
      if (peek() != ',') break;
      ++at_;
    }
    expect(']');
  }

  std::size_t digits() {
    std::size_t begin = at_;
    while (more() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ - begin;
  }

  double number() {
    std::size_t begin = at_;
    if (peek() == '-') ++at_;
    bool zero = peek() == '0';
    std::size_t count = digits();
    if (count == 0) fault("no value here");
    if (zero && count > 1) fault("a leading zero");
    if (more() && text_[at_] == '.') {
      ++at_;
      if (digits() == 0) fault("no digit after the point");
    }
    if (more() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (digits() == 0) fault("no digit in the exponent");
    }
    std::string copy(text_.substr(begin, at_ - begin));
    return std::strtod(copy.c_str(), nullptr);
  }

  std::string string() {
    expect('"');
    std::string out;
    for (;;) {
      auto byte = static_cast<unsigned char>(peek());
      if (byte == '"') break;
      if (byte < 0x20) fault("a bare control character in a string");
      if (byte == '\\') {
        ++at_;
        escape(out);
      } else if (byte < 0x80) {
        out.push_back(next());
      } else {
        utf8(out);
      }
    }
    ++at_;
    return out;
  }

  void escape(std::string& out) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    char letter = next();
    if (letter != 'u') {
      std::size_t index = letters.find(letter);
      if (index == std::string_view::npos) fault("an unknown escape");
      out.push_back(meanings[index]);
      return;
    }
    std::uint32_t code = four_hex();
    if (code >= 0xdc00 && code < 0xe000) fault("a lone low surrogate");
    if (code >= 0xd800 && code < 0xdc00) {
      if (!take_word("\\u")) fault("a lone high surrogate");
      std::uint32_t low = four_hex();
      if (low < 0xdc00 || low >= 0xe000) fault("a lone high surrogate");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(out, code);
  }

  std::uint32_t four_hex() {
    std::string_view digits_text = text_.substr(at_, 4);
    std::uint32_t code = 0;
    const char* end = digits_text.data() + digits_text.size();
    auto [stop, error] = std::from_chars(digits_text.data(), end, code, 16);
    if (digits_text.size() != 4 || error != std::errc() || stop != end) fault("\\u without four hex digits");
    at_ += 4;
    return code;
  }

  /// One multi-byte sequence, by the table of RFC 3629: no overlong forms, no surrogates, at most U+10FFFF.
  void utf8(std::string& out) {
    auto lead = static_cast<unsigned char>(next());
    int following = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4) fault("invalid UTF-8");
    unsigned least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    out.push_back(static_cast<char>(lead));
    for (int i = 0; i < following; ++i) {
      auto byte = static_cast<unsigned char>(peek());
      if (byte < least || byte > most) fault("invalid UTF-8");
      out.push_back(next());
      least = 0x80;
      most = 0xbf;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void Value::need(Kind kind) const {
  if (kind_ != kind) throw std::runtime_error("wanted " + kind_name(kind) + ", but it is " + text_);
}

bool Value::boolean() const {
  need(Kind::boolean);
  return boolean_;
}

double Value::number() const {
  need(Kind::number);
  return number_;
}

long long Value::integer() const {
  need(Kind::number);
  long long result = 0;
  const char* end = text_.data() + text_.size();
  auto [stop, error] = std::from_chars(text_.data(), end, result);
  if (error != std::errc() || stop != end) throw std::runtime_error("not an integer: " + text_);
  return result;
}

const std::string& Value::string() const {
  need(Kind::string);
  return string_;
}

size_t Value::size() const {
  if (kind_ != Kind::array) need(Kind::object);
  return elements_.size();
}

const Value& Value::operator[](size_t index) const {
  need(Kind::array);
  if (index >= elements_.size())
    throw std::runtime_error("no element " + std::to_string(index) + " in " + text_);
  return elements_[index];
}

const Value& Value::operator[](std::string_view key) const {
  need(Kind::object);
  auto found = std::find(keys_.begin(), keys_.end(), key);
  if (found == keys_.end()) throw std::runtime_error("no key \"" + std::string(key) + "\" in " + text_);
  return elements_[static_cast<size_t>(found - keys_.begin())];
}

bool Value::has(std::string_view key) const {
  need(Kind::object);
  return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
}

std::vector<std::string> Value::keys() const {
  need(Kind::object);
  return keys_;
}

const std::vector<Value>& Value::elements() const {
  need(Kind::array);
  return elements_;
}

Value parse(std::string_view text) {
  return Parser(text).whole();
}

bool valid(std::string_view text) {
  try {
    (void)parse(text);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::vector<Value> parse_lines(std::string_view text) {
  std::vector<Value> result;
  while (!text.empty()) {
    size_t end = text.find('\n');
    if (end == std::string_view::npos)
      throw std::runtime_error("the last line is not ended: " + std::string(text));
    Value line = parse(text.substr(0, end));
    if (line.kind() != Kind::object) throw std::runtime_error("a line is no object: " + line.text());
    result.push_back(std::move(line));
    text.remove_prefix(end + 1);
  }
  return result;
}

std::vector<Value> events(std::string_view text, std::string_view event) {
  std::vector<Value> result;
  for (Value& line : parse_lines(text)) {
    if (line.has("event") && line["event"].string() == event) result.push_back(std::move(line));
  }
  return result;
}

Value only_event(std::string_view text, std::string_view event) {
  std::vector<Value> found = events(text, event);
  if (found.size() != 1) {
    throw std::runtime_error(std::to_string(found.size()) + " events \"" + std::string(event) +
                             "\" instead of one in: " + std::string(text));
  }
  return found[0];
}

}  // namespace test::json
