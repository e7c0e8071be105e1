#include "net/dns/query_ids.hh"

#include <sys/random.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "net/base/error.hh"

namespace net::dns {
namespace {

constexpr unsigned first_bits = 12;

std::uint32_t key_of(std::uint16_t socket, std::uint16_t id) {
  return static_cast<std::uint32_t>(socket) << 16U | id;
}

}  // namespace

QueryIds::QueryIds() : entries_(std::size_t{1} << first_bits), bits_(first_bits) {}

std::uint16_t QueryIds::random() {
  if (pool_used_ == pool_.size()) {
    std::size_t have = 0;
    while (have < sizeof pool_) {
      const ssize_t got =
          getrandom(reinterpret_cast<std::byte*>(pool_.data()) + have, sizeof pool_ - have, 0);
      if (got < 0 && errno != EINTR) throw std::system_error(errno_code(), "getrandom");
      if (got > 0) have += static_cast<std::size_t>(got);
    }
    pool_used_ = 0;
  }
  return std::exchange(pool_[pool_used_++], 0);
}

std::size_t QueryIds::home(std::uint32_t key) const {
  // Fibonacci hashing: the upper bits of the product depend on all of the key.
  return key * 2654435769U >> (32U - bits_);
}

std::size_t QueryIds::place(std::uint32_t key) const {
  std::size_t at = home(key);
  while (entries_[at].query != free && entries_[at].key != key) at = (at + 1) % entries_.size();
  return at;
}

void QueryIds::grow() {
  const auto old = std::exchange(entries_, std::vector<Entry>(entries_.size() * 2));
  ++bits_;
  for (const Entry& entry : old) {
    if (entry.query != free) entries_[place(entry.key)] = entry;
  }
}

std::uint16_t QueryIds::give(std::uint16_t socket, std::uint32_t query) {
  if (count_ * 2 >= entries_.size()) grow();
  for (;;) {
    const std::uint16_t id = random();
    Entry& entry = entries_[place(key_of(socket, id))];
    if (entry.query != free) continue;
    entry = {key_of(socket, id), query};
    ++count_;
    return id;
  }
}

std::optional<std::uint32_t> QueryIds::find(std::uint16_t socket, std::uint16_t id) const {
  const Entry& entry = entries_[place(key_of(socket, id))];
  if (entry.query == free) return std::nullopt;
  return entry.query;
}

void QueryIds::take_back(std::uint16_t socket, std::uint16_t id) {
  std::size_t hole = place(key_of(socket, id));
  if (entries_[hole].query == free) return;
  --count_;
  // What comes behind moves up, or a search for it would end at the hole (Knuth, 6.4, algorithm R).
  const std::size_t mask = entries_.size() - 1;
  for (std::size_t at = (hole + 1) & mask; entries_[at].query != free; at = (at + 1) & mask) {
    const std::size_t from_home = (at - home(entries_[at].key)) & mask;
    if (from_home < ((at - hole) & mask)) continue;
    entries_[hole] = entries_[at];
    hole = at;
  }
  entries_[hole] = Entry{};
}

}  // namespace net::dns
