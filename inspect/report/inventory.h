// Who uses what, out of the lines of one or several logs.
//
//   lines --> parse_line --> Inventory::add --> uses by client and mailbox, certificates by server
//
// Exchanges come before the line of their connection, which has the client's address: until then what they
// say is kept by the connection's number.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/report/log_line.h"

namespace mailtap::report {

/// More clients, mailboxes or servers than this are counted, not listed.
inline constexpr std::size_t most_listed = 100'000;

/// One client's use of one thing.
struct User {
  std::string client;   ///< its address; empty: its connection hadn't ended
  std::string mailbox;  ///< as `names` allows; empty: none was told
  std::set<std::string> routes;
  std::uint64_t connections = 0;
  Time first, last;
};

/// What is used: "ews", "basic", "basic-smtp", "ntlm", "tls-1.0" (and 1.1), "server-tls-1.0", or a finding.
struct Use {
  std::string what;
  std::vector<User> users;  ///< most connections first
};

struct ServerCertificate {
  std::string server;
  std::string sha256;
  std::string subject;
  Time ends;
  long days_left = 0;  ///< at the time of the report
};

/// By clients' key exchange. mailtap takes a post-quantum one from whoever offers it.
struct KeyExchanges {
  std::uint64_t clients = 0;
  std::uint64_t connections = 0;
};

struct BadLine {
  std::string file;
  std::size_t line = 0;
  std::string problem;
};

class Inventory {
 public:
  /// Of one file, in its order. What its exchanges said is forgotten at end_file().
  void add(std::string_view file, std::size_t number, std::string_view line);
  /// Connections that hadn't ended are of an unknown client.
  void end_file();

  std::vector<Use> uses() const;
  /// Those that are near their end at that time (certs::warn_days_of_life), or past it; the first to end
  /// first.
  std::vector<ServerCertificate> certificates(Time at) const;

  /// Clients with at least one connection by a group with ML-KEM, and the others; connections by either.
  KeyExchanges post_quantum() const { return post_quantum_; }
  KeyExchanges classical() const { return classical_; }

  std::uint64_t lines() const { return lines_; }
  std::uint64_t connections() const { return connections_; }
  std::uint64_t exchanges() const { return exchanges_; }
  std::uint64_t lost() const { return lost_; }
  std::uint64_t bad_lines() const { return bad_lines_; }
  const std::vector<BadLine>& bad() const { return bad_; }  ///< the first few
  bool cut() const { return cut_; }                         ///< there were more than most_listed
  Time first() const { return first_; }
  Time last() const { return last_; }

 private:
  struct Pending {
    std::set<std::string> uses;
    std::set<std::string> users;
  };
  struct Certificate {
    ServerCertificate shown;
    long life_days = 0;
    Time seen;
  };
  using Who = std::pair<std::string, std::string>;  // client, mailbox

  void add(const ExchangeLine& line);
  void add(const ConnectionLine& line);
  void note(const std::string& what, const Who& who, const ConnectionLine& line);
  void count_key_exchange(const ConnectionLine& line);

  std::map<std::uint64_t, Pending> pending_;
  std::map<std::string, std::map<Who, User>> uses_;
  std::map<std::string, Certificate> certificates_;  // by server
  std::map<std::string, bool> has_post_quantum_;     // by client
  KeyExchanges post_quantum_, classical_;
  std::vector<BadLine> bad_;
  std::size_t listed_ = 0;
  std::uint64_t lines_ = 0, connections_ = 0, exchanges_ = 0, lost_ = 0, bad_lines_ = 0;
  bool cut_ = false;
  Time first_{}, last_{};
};

}  // namespace mailtap::report
