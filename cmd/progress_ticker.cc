#include "cmd/progress_ticker.hh"

#include <unistd.h>

#include <utility>

namespace cmd {
namespace {

using namespace std::chrono_literals;

}  // namespace

ProgressTicker::ProgressTicker(net::Reactor& reactor, Output& out, Stdout carries,
                               std::function<ProgressLook()> look)
    : reactor_(reactor), out_(out), look_(std::move(look)) {
  const bool terminal = out.terminal().interactive() && !out.options().json;
  // A line in the middle of the payload would help nobody.
  hidden_ = terminal && carries == Stdout::payload && is_terminal(STDOUT_FILENO);
  rewrites_ = terminal && !hidden_;
}

ProgressTicker::~ProgressTicker() {
  out_.terminal().status("");
}

net::Task<> ProgressTicker::run() {
  const net::Duration every = hidden_               ? net::forever
                              : out_.options().json ? 1s
                              : rewrites_           ? net::Duration(500ms)
                                                    : 10s;
  for (;;) {
    co_await reactor_.sleep(every);
    if (rewrites_) {
      out_.terminal().status(look_().parts);
    } else {
      print();
    }
  }
}

void ProgressTicker::print() {
  ProgressLook look = look_();
  Document document;
  document.audience = Audience::everybody;
  document.text = fitted(std::move(look.parts), std::string::npos);
  document.event = "progress";
  document.json = std::move(look.json);
  out_.print(document);
}

}  // namespace cmd
