#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace test {

/// A new directory (mode 0755, so that a test run as another user can enter), removed with all in it at the
/// end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(TempDir&& other) noexcept;
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// A path in it: dir / "name".
  [[nodiscard]] std::string operator/(std::string_view name) const;

 private:
  std::string path_;
};

/// Replaces the file (the old one is unlinked first, so a symbolic link is not followed).
void write_file(const std::string& path, std::string_view bytes);
[[nodiscard]] std::string read_file(const std::string& path);
[[nodiscard]] std::uint64_t file_size(const std::string& path);
[[nodiscard]] bool exists(const std::string& path);

/// Bytes without a period, the same for the same seed: a lost, doubled or displaced block shows.
[[nodiscard]] std::string random_bytes(std::size_t bytes, std::uint64_t seed);
void random_file(const std::string& path, std::uint64_t bytes, std::uint64_t seed);

/// By coreutils' sha256sum, in hexadecimal.
[[nodiscard]] std::string sha256_of_file(const std::string& path);
[[nodiscard]] std::string sha256(std::string_view bytes);

/// Where two byte strings begin to differ (the shorter one's length if it is a prefix); nothing if equal.
/// For EXPECT_EQ(first_difference(a, b), std::nullopt): megabytes are not printed.
[[nodiscard]] std::optional<std::size_t> first_difference(std::string_view a, std::string_view b);

}  // namespace test
