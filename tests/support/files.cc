#include "tests/support/files.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "tests/support/fd.hh"
#include "tests/support/program.hh"

namespace test {
namespace {

namespace fs = std::filesystem;

/// xoshiro256**: period 2^256-1 and gigabytes a second, where /dev/urandom would be the slowest part.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {  // splitmix64
      std::uint64_t z = (seed += 0x9e3779b97f4a7c15U);
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
      word = z ^ (z >> 31);
    }
  }
  void fill(char* to, std::size_t bytes) {
    for (std::size_t done = 0; done < bytes; done += 8) {
      std::uint64_t word = next();
      std::memcpy(to + done, &word, std::min<std::size_t>(8, bytes - done));
    }
  }

 private:
  std::uint64_t next() {
    std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  std::uint64_t state_[4];
};

void write_all(int fd, const char* bytes, std::size_t count, const std::string& path) {
  while (count > 0) {
    ssize_t n = write(fd, bytes, count);
    if (n < 0) fail_errno("write " + path);
    bytes += n;
    count -= static_cast<std::size_t>(n);
  }
}

Fd create(const std::string& path) {
  unlink(path.c_str());
  Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd.valid()) fail_errno("create " + path);
  return fd;
}

std::string hash_of(const std::string& sum_output) {
  if (sum_output.size() < 64) fail("sha256sum said: " + sum_output);
  return sum_output.substr(0, 64);
}

}  // namespace

TempDir::TempDir() {
  const char* base = std::getenv("TMPDIR");
  path_ = std::string(base != nullptr ? base : "/tmp") + "/nettool-test-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) fail_errno("mkdtemp " + path_);
  if (chmod(path_.c_str(), 0755) < 0) fail_errno("chmod " + path_);
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDir::~TempDir() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

std::string TempDir::operator/(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

void write_file(const std::string& path, std::string_view bytes) {
  Fd fd = create(path);
  write_all(fd.get(), bytes.data(), bytes.size(), path);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("cannot read " + path);
  std::string result;
  std::string block(std::size_t{1} << 16, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0) {
    result.append(block, 0, static_cast<std::size_t>(in.gcount()));
  }
  return result;
}

std::uint64_t file_size(const std::string& path) {
  return fs::file_size(path);
}

bool exists(const std::string& path) {
  return fs::exists(fs::symlink_status(path));
}

std::string random_bytes(std::size_t bytes, std::uint64_t seed) {
  std::string result(bytes, '\0');
  Generator(seed).fill(result.data(), bytes);
  return result;
}

void random_file(const std::string& path, std::uint64_t bytes, std::uint64_t seed) {
  Fd fd = create(path);
  Generator generator(seed);
  std::string block(std::size_t{1} << 20, '\0');
  for (std::uint64_t left = bytes; left > 0;) {
    auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
    generator.fill(block.data(), count);
    write_all(fd.get(), block.data(), count, path);
    left -= count;
  }
}

std::string sha256_of_file(const std::string& path) {
  Options options;
  options.in = Stdio::file(path);  // by stdin: a strange name needs no escaping
  return hash_of(run({"sha256sum"}, options, {}, 60s).out);
}

std::string sha256(std::string_view bytes) {
  return hash_of(run_ok({"sha256sum"}, std::string(bytes), 60s));
}

std::optional<std::size_t> first_difference(std::string_view a, std::string_view b) {
  auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (left == a.end() && right == b.end()) return std::nullopt;
  return static_cast<std::size_t>(left - a.begin());
}

}  // namespace test
