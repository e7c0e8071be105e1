#include "net/dns/search.hh"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace net::dns {
namespace {

using Texts = std::vector<std::string>;

Texts names_for(std::string_view text, int ndots, Texts search) {
  ResolverConfig config;
  config.ndots = ndots;
  config.search = std::move(search);
  Texts out;
  const auto names = search_names(text, config);
  if (!names) return {"refused: " + names.error()};
  for (const Name& one : *names) out.push_back(one.text());
  return out;
}

TEST(Search, ByDots) {
  struct Case {
    std::string_view what;
    std::string_view text;
    int ndots;
    Texts search;
    Texts names;
  };
  const Case cases[] = {
      {"no dot", "www", 1, {"a.test", "b.test"}, {"www.a.test.", "www.b.test.", "www."}},
      {"enough dots", "www.x", 1, {"a.test"}, {"www.x.", "www.x.a.test."}},
      {"too few dots", "www.x", 2, {"a.test"}, {"www.x.a.test.", "www.x."}},
      {"just enough", "w.x.y", 2, {"a.test"}, {"w.x.y.", "w.x.y.a.test."}},
      {"ndots 0", "www", 0, {"a.test"}, {"www.", "www.a.test."}},
      {"final dot", "www.", 1, {"a.test"}, {"www."}},
      {"final dot, few dots", "www.x.", 5, {"a.test"}, {"www.x."}},
      {"escaped dot is not final", R"(www\.)", 5, {"a.test"}, {R"(www\..a.test.)", R"(www\..)"}},
      {"final dot behind an escaped backslash", R"(www\\.)", 5, {"a.test"}, {R"(www\\.)"}},
      {"root", ".", 1, {"a.test"}, {"."}},
      {"no list", "www", 1, {}, {"www."}},
      {"search .", "www", 1, {"."}, {"www."}},
      {"search . among others", "www", 1, {".", "a.test"}, {"www.", "www.a.test."}},
      {"twice the same domain", "www", 1, {"a.test", "A.test."}, {"www.a.test.", "www."}},
      {"a domain that is none ends the list",
       "www",
       1,
       {"a.test", "a..b", "b.test"},
       {"www.a.test.", "www."}},
      {"the same, with dots", "www.x", 1, {"a..b", "b.test"}, {"www.x."}},
      {"a dot before it", "www", 1, {".a.test", "b.test"}, {"www.a.test.", "www.b.test.", "www."}},
      {"two dots before it", "www", 1, {"..a.test", "b.test"}, {"www."}},
      {"two dots", "www", 1, {"..", "b.test"}, {"www."}},
  };
  for (const Case& c : cases) EXPECT_EQ(names_for(c.text, c.ndots, c.search), c.names) << c.what;
}

TEST(Search, ATooLongCombinationEndsTheList) {
  const std::string label(63, 'x');
  const std::string domain = label + "." + label + "." + label;
  EXPECT_EQ(names_for(std::string(61, 'y'), 1, {domain}).size(), 2U);
  EXPECT_EQ(names_for(std::string(62, 'y'), 1, {domain, "a.test"}).size(), 1U);
}

TEST(Search, BeginsAsItIs) {
  ResolverConfig config;
  config.ndots = 2;
  EXPECT_FALSE(begins_as_it_is("www.x", config));
  EXPECT_TRUE(begins_as_it_is("www.x.y", config));
  EXPECT_TRUE(begins_as_it_is("www.", config));
  EXPECT_FALSE(begins_as_it_is(R"(www\.)", config));
}

TEST(Search, RefusesWhatIsNoName) {
  EXPECT_EQ(names_for("a..b", 1, {"a.test"}), Texts{"refused: empty label"});
  EXPECT_EQ(names_for("", 1, {"a.test"}), Texts{"refused: empty name"});
}

TEST(Search, GoesOnAfterNoAndFailure) {
  for (unsigned rcode = 0; rcode < 25; ++rcode) {
    EXPECT_EQ(search_goes_on(static_cast<std::uint16_t>(rcode), false),
              rcode == 0 || rcode == 2 || rcode == 3)
        << rcode;
  }
}

}  // namespace
}  // namespace net::dns
