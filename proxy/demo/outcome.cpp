#include "proxy/demo/outcome.h"

#include <algorithm>

#include "config/base/text.h"
#include "proxy/terminal/table.h"

namespace mailtap::demo {

namespace {

std::string quoted(const std::vector<std::string>& list) {
  return list.empty() ? "none" : join(list, ", ");
}

std::string quoted(const std::vector<unsigned>& list) {
  return list.empty() ? "none" : terminal::join_numbers(list, ", ");
}

template <class T>
std::vector<T> sorted(std::vector<T> list) {
  std::sort(list.begin(), list.end());
  return list;
}

void check_alone(const Result<Poll>& alone, const Expected& expected, std::vector<std::string>& complaints) {
  if (!alone) return complaints.push_back("the router alone failed: " + alone.error().message);
  if (alone->refusal.empty() == expected.router_refuses)
    complaints.push_back(expected.router_refuses ? "the router alone accepts the certificate"
                                                 : "the router alone refuses: " + alone->refusal);
}

void check_through(const Result<Poll>& through, const Transcript& server,
                   std::vector<std::string>& complaints) {
  if (!through) return complaints.push_back("the router failed through mailtap: " + through.error().message);
  if (!through->refusal.empty())
    return complaints.push_back("the router refuses mailtap's certificate: " + through->refusal);
  if (!through->succeeded())
    complaints.emplace_back("through mailtap not every operation was answered with 200");
  if (through->sent != server.received || through->received != server.sent)
    complaints.emplace_back("the bytes that came out of mailtap aren't those that went in");
}

void check_logged(const Result<Logged>& logged, const Expected& expected, const Poll* through,
                  std::vector<std::string>& complaints) {
  if (!logged) return complaints.push_back(logged.error().message);
  if (sorted(logged->faults) != sorted(expected.faults))
    complaints.push_back("faults: " + quoted(logged->faults) + ", expected: " + quoted(expected.faults));
  if (logged->trusted != expected.faults.empty())
    complaints.push_back(std::string("trust: ") + (logged->trusted ? "trusted" : "untrusted"));
  if (logged->name_matches != expected.name_matches)
    complaints.push_back(std::string("name: ") + (logged->name_matches ? "match" : "mismatch"));
  if (sorted(logged->causes) != sorted(expected.causes))
    complaints.push_back("causes: " + quoted(logged->causes) + ", expected: " + quoted(expected.causes));
  if (logged->ending != "closed") complaints.push_back("the connection ended with " + logged->ending);
  if (through != nullptr &&
      (logged->to_upstream != through->sent.size() || logged->to_downstream != through->received.size()))
    complaints.emplace_back("the log counts other bytes than the router");
}

}  // namespace

Outcome poll_server(const Installation& installation, const Lab& lab, std::size_t index) {
  const auto& server = lab.servers[index];
  const std::string name(configured_name);
  Outcome outcome{poll_mailbox(installation.direct(index), name, lab.root),
                  poll_mailbox(installation.proxied(index), name, installation.ca()),
                  await_log_line(installation.log_file(), server.id),
                  {}};
  check_alone(outcome.alone, server.expected, outcome.complaints);
  check_through(outcome.through, installation.mail_servers().last_transcript(index), outcome.complaints);
  check_logged(outcome.logged, server.expected, outcome.through ? &*outcome.through : nullptr,
               outcome.complaints);
  return outcome;
}

}  // namespace mailtap::demo
