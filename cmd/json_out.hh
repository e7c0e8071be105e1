#pragma once

#include <string>

#include "cmd/document.hh"

namespace cmd {

/// A value as one line of JSON (RFC 8259), pure ASCII where the bytes were not UTF-8: such a byte becomes the
/// four characters \xHH. Controls, of bidirectional text too, are \uHHHH. Integers beyond 2^53 become decimal
/// strings, as most readers would round them.
[[nodiscard]] std::string to_json(const Value& value);

/// The same of an object, behind what `out` has.
void append_json(std::string& out, const Object& object);

}  // namespace cmd
