// What `nettool endian --json` has to say of each line of stdin, worked out the way a C program does: by
// <arpa/inet.h>, <endian.h> and memcpy. Lines are WIDTH, a kind and a value: "32 hex 0x00000001",
// "16 int -2", "64 float 1.5"; what is printed is byte for byte what nettool prints.

#include <arpa/inet.h>
#include <endian.h>

#include <cinttypes>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Integer {
  std::uint64_t high;
  std::uint64_t low;
};

/// "0x" and digits, of which the last sixteen are the lower half.
Integer read_hex(const char* text) {
  const char* const digits = text + 2;
  const std::size_t length = std::strlen(digits);
  if (length <= 16) return {0, std::strtoull(digits, nullptr, 16)};
  char high[32] = {};
  std::memcpy(high, digits, length - 16);
  return {std::strtoull(high, nullptr, 16), std::strtoull(digits + length - 16, nullptr, 16)};
}

/// In decimal, by long division with 32 bits at a time; quoted where a double would not hold it.
void print_decimal(const char* key, Integer value, bool negative) {
  std::uint32_t parts[4] = {
      static_cast<std::uint32_t>(value.high >> 32), static_cast<std::uint32_t>(value.high),
      static_cast<std::uint32_t>(value.low >> 32), static_cast<std::uint32_t>(value.low)};
  char digits[48];
  char* at = digits + sizeof digits - 1;
  *at = '\0';
  do {
    std::uint64_t rest = 0;
    for (std::uint32_t& part : parts) {
      const std::uint64_t whole = rest << 32 | part;
      part = static_cast<std::uint32_t>(whole / 10);
      rest = whole % 10;
    }
    *--at = static_cast<char>('0' + rest);
  } while ((parts[0] | parts[1] | parts[2] | parts[3]) != 0);
  const bool quoted = value.high != 0 || value.low > UINT64_C(1) << 53;
  std::printf("\"%s\":%s%s%s%s,", key, quoted ? "\"" : "", negative ? "-" : "", at, quoted ? "\"" : "");
}

void print_hex(const char* key, Integer value, int width) {
  std::printf("\"%s\":\"0x", key);
  if (width == 128) std::printf("%016" PRIx64, value.high);
  std::printf("%0*" PRIx64 "\",", width == 128 ? 16 : width / 4, value.low);
}

void print_bytes(const char* key, const unsigned char* bytes, int count, bool backwards) {
  std::printf("\"%s\":\"", key);
  for (int i = 0; i < count; ++i)
    std::printf("%s%02x", i == 0 ? "" : " ", bytes[backwards ? count - 1 - i : i]);
  std::printf("\",");
}

/// The value as this host has it in memory, and with its bytes turned round by the C library.
struct Memory {
  unsigned char bytes[16];
  Integer swapped;
};

Memory lay_out(Integer value, int width) {
  Memory memory{};
  const auto low8 = static_cast<std::uint8_t>(value.low);
  const auto low16 = static_cast<std::uint16_t>(value.low);
  const auto low32 = static_cast<std::uint32_t>(value.low);
  switch (width) {
    case 8:
      std::memcpy(memory.bytes, &low8, 1);
      memory.swapped.low = low8;
      break;
    case 16:
      std::memcpy(memory.bytes, &low16, 2);
      memory.swapped.low = BYTE_ORDER == LITTLE_ENDIAN ? htons(low16) : htole16(low16);
      break;
    case 32:
      std::memcpy(memory.bytes, &low32, 4);
      memory.swapped.low = BYTE_ORDER == LITTLE_ENDIAN ? htonl(low32) : htole32(low32);
      break;
    case 64:
      std::memcpy(memory.bytes, &value.low, 8);
      memory.swapped.low = BYTE_ORDER == LITTLE_ENDIAN ? htobe64(value.low) : htole64(value.low);
      break;
    default: {
      const __uint128_t whole = static_cast<__uint128_t>(value.high) << 64 | value.low;
      std::memcpy(memory.bytes, &whole, 16);
      memory.swapped.high = BYTE_ORDER == LITTLE_ENDIAN ? htobe64(value.low) : htole64(value.low);
      memory.swapped.low = BYTE_ORDER == LITTLE_ENDIAN ? htobe64(value.high) : htole64(value.high);
    }
  }
  return memory;
}

/// The bits of a number that is written in decimal.
std::uint64_t float_bits(const char* text, int width) {
  std::uint64_t bits = 0;
  if (width == 64) {
    const double value = std::strtod(text, nullptr);
    std::memcpy(&bits, &value, sizeof value);
  } else if (width == 32) {
    std::uint32_t low = 0;
    const float value = std::strtof(text, nullptr);
    std::memcpy(&low, &value, sizeof value);
    bits = low;
  } else {
    std::uint16_t low = 0;
    const auto value = static_cast<_Float16>(std::strtod(text, nullptr));
    std::memcpy(&low, &value, sizeof value);
    bits = low;
  }
  return bits;
}

void answer(const char* text, int width, const char* kind) {
  std::printf("{\"input\":\"%s\",\"width\":%d,", text, width);
  Integer value{};
  if (std::strcmp(kind, "hex") == 0) {
    value = read_hex(text);
    print_decimal("value", value, false);
  } else if (std::strcmp(kind, "int") == 0) {
    const long long number = std::strtoll(text, nullptr, 10);
    const auto bits = static_cast<std::uint64_t>(number);
    print_decimal("value", {0, number < 0 ? 0 - bits : bits}, number < 0);
    value.low = width == 64 ? bits : bits & ((UINT64_C(1) << width) - 1);
  } else {
    value.low = float_bits(text, width);
  }
  const Memory memory = lay_out(value, width);
  print_hex("hex", value, width);
  print_bytes("little_endian", memory.bytes, width / 8, BYTE_ORDER == BIG_ENDIAN);
  print_bytes("big_endian", memory.bytes, width / 8, BYTE_ORDER == LITTLE_ENDIAN);
  print_bytes("network", memory.bytes, width / 8, BYTE_ORDER == LITTLE_ENDIAN);
  print_decimal("swapped", memory.swapped, false);
  print_hex("swapped_hex", memory.swapped, width);
  std::printf("\"host_order\":\"%s\"}\n", BYTE_ORDER == LITTLE_ENDIAN ? "little" : "big");
}

}  // namespace

int main() {
  char text[128];
  char kind[16];
  int width = 0;
  while (std::scanf("%d %15s %127s", &width, kind, text) == 3) answer(text, width, kind);
  return std::fflush(stdout) == 0 ? 0 : 1;
}
