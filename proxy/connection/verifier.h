// The verdict on a server's chain, which may take a while.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "certs/model/pointers.h"
#include "config/base/bytes.h"
#include "inspect/verdict_source.h"
#include "proxy/route/running_route.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::proxy {

class Verifier {
 public:
  /// All of it outlives the work.
  struct Question {
    const RunningRoute& route;
    const std::string& name;           ///< that the certificate must have
    const std::vector<Buffer>& chain;  ///< DER, leaf first
    inspect::VerdictSource source;
    certs::StapledPtr stapled{};  ///< what came with the leaf; null: nobody asked for it
  };

  /// Destroyed before its end, it is done at once and nobody is told.
  class Work {
   public:
    virtual ~Work() = default;
    /// The verdict is there when this returns, and nobody is told.
    virtual void finish_now() = 0;
  };

  /// Nobody is told any more once it is destroyed.
  class Waiting {
   public:
    virtual ~Waiting() = default;
  };

  virtual ~Verifier() = default;
  /// The verdict goes into `record`, with what was looked up for it. Null: it is there already. Otherwise
  /// `done` is called once it is, later and on the loop; it may destroy the work.
  virtual std::unique_ptr<Work> verify(const Question& question, inspect::ConnectionRecord& record,
                                       std::function<void()> done) = 0;
  /// The same without waiting for anything.
  virtual void verify_now(const Question& question, inspect::ConnectionRecord& record) = 0;
  /// For what the system itself says of the chain (record.windows), which may come after the verdict. Null:
  /// it is there, or nobody was asked. Otherwise `done` is called once it is, later and on the loop, and must
  /// not destroy what this returns.
  virtual std::unique_ptr<Waiting> await_system(const inspect::ConnectionRecord& record,
                                                std::function<void()> done) = 0;
};

}  // namespace mailtap::proxy
