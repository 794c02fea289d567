#include "tls/crypto/multibuffer_rsa.h"

#include <algorithm>
#include <vector>

#include <crypto_mb/rsa.h>
#include <string.h>

#include "tls/crypto/libcrypto.h"

namespace mailtap::crypto::multibuffer {

namespace {

constexpr std::size_t max_rsa_words = 4096 / 64;
using RsaBlock = std::array<std::uint8_t, max_rsa_words * sizeof(Word)>;

/// What crypto_mb works in for RSA: one a thread, erased when a private operation is over.
class WorkingMemory {
 public:
  explicit WorkingMemory(const mbx_RSA_Method* method)
      : lines_((static_cast<std::size_t>(mbx_RSA_Method_BufSize(method)) + sizeof(Line) - 1) / sizeof(Line)) {
    if (memory().size() < lines_) memory() = std::vector<Line>(lines_);
  }

  int8u* get() const { return memory().front().bytes.data(); }
  void erase() const { ::explicit_bzero(memory().data(), lines_ * sizeof(Line)); }

 private:
  struct alignas(64) Line {
    std::array<int8u, 64> bytes;
  };
  static std::vector<Line>& memory() {
    thread_local std::vector<Line> lines;
    return lines;
  }

  std::size_t lines_;
};

bool fits(Bytes number, std::size_t bytes) {
  const auto first = std::ranges::find_if(number, [](std::uint8_t byte) { return byte != 0; });
  return static_cast<std::size_t>(number.end() - first) <= bytes;
}

bool is_65537(Bytes e) {
  return fits(e, 3) && e.size() >= 3 && e.back() == 1 && e[e.size() - 2] == 0 && e[e.size() - 3] == 1;
}

bool halves_fit(const RsaKey& key) {
  const auto half = key.n.size() / 2;
  return !key.p.empty() && !key.q.empty() && !key.dp.empty() && !key.dq.empty() && !key.qp.empty() &&
         fits(key.p, half) && fits(key.q, half) && fits(key.dp, half) && fits(key.dq, half) &&
         fits(key.qp, half);
}

/// The results of x to the power of 65537 for each `in`, of jobs[i]'s key.
mbx_status raise(Jobs jobs, const std::array<const int8u*, batch_size>& in,
                 std::array<RsaBlock, batch_size>& out) {
  const int bits = jobs[0]->bits;
  const auto* method = mbx_RSA_pub65537_Method(bits);
  const WorkingMemory memory(method);
  Lanes<Word, max_rsa_words> moduli;
  std::array<int8u*, batch_size> outputs{};
  for (std::size_t i = 0; i < batch_size; ++i) {
    outputs[i] = out[i].data();
    if (i < jobs.size()) read_number(jobs[i]->rsa->n, moduli[i]);
  }
  moduli.repeat_first(jobs.size());
  return mbx_rsa_public_mb8(in.data(), outputs.data(), moduli.pointers(), bits, method, memory.get());
}

std::array<const int8u*, batch_size> inputs_of(Jobs jobs) {
  std::array<const int8u*, batch_size> in{};
  for (std::size_t i = 0; i < batch_size; ++i) in[i] = jobs[i < jobs.size() ? i : 0]->input.data();
  return in;
}

/// crypto_mb has powers modulo primes of half this size.
bool has_halves(unsigned bits) {
  return bits == 2048 || bits == 4096;
}

/// Which jobs have a result.
using Computed = std::array<bool, batch_size>;

/// A lane a job: crypto_mb computes the power modulo p of all lanes, and after it that modulo q.
Computed private_by_jobs(Jobs jobs, std::array<RsaBlock, batch_size>& out) {
  const int bits = jobs[0]->bits;
  const auto* method = mbx_RSA_private_crt_Method(bits);
  const WorkingMemory memory(method);
  using Halves = Lanes<Word, max_rsa_words / 2>;
  Halves p;
  Halves q;
  Halves dp;
  Halves dq;
  Halves qp;
  std::array<int8u*, batch_size> outputs{};
  for (std::size_t i = 0; i < batch_size; ++i) {
    const auto& key = *jobs[i < jobs.size() ? i : 0]->rsa;
    read_number(key.p, p[i]);
    read_number(key.q, q[i]);
    read_number(key.dp, dp[i]);
    read_number(key.dq, dq[i]);
    read_number(key.qp, qp[i]);
    outputs[i] = out[i].data();
  }
  const auto in = inputs_of(jobs);
  const auto status =
      mbx_rsa_private_crt_mb8(in.data(), outputs.data(), p.pointers(), q.pointers(), dp.pointers(),
                              dq.pointers(), qp.pointers(), bits, method, memory.get());
  memory.erase();
  Computed computed{};
  for (std::size_t i = 0; i < jobs.size(); ++i) computed[i] = status_of(status, i) == JobStatus::done;
  return computed;
}

/// Two lanes a job, one modulo p and one modulo q: half the time for half the jobs.
Computed private_by_halves(Jobs jobs, std::span<RsaBlock> out) {
  const int bits = jobs[0]->bits / 2;
  const std::size_t size = jobs[0]->bits / 16U;
  const auto* method = mbx_RSA_private_Method(bits);
  const WorkingMemory memory(method);
  Lanes<int8u, sizeof(RsaBlock) / 2> blocks;
  Lanes<int8u, sizeof(RsaBlock) / 2> powers;
  Lanes<Word, max_rsa_words / 2> exponents;
  Lanes<Word, max_rsa_words / 2> primes;
  Computed computed{};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& key = *jobs[i]->rsa;
    const auto by_p = 2 * i;
    const auto by_q = by_p + 1;
    computed[i] = libcrypto::rsa_reduce(key, jobs[i]->input, MutableBytes(blocks[by_p]).first(size),
                                        MutableBytes(blocks[by_q]).first(size));
    read_number(key.p, primes[by_p]);
    read_number(key.q, primes[by_q]);
    read_number(key.dp, exponents[by_p]);
    read_number(key.dq, exponents[by_q]);
  }
  const auto used = 2 * jobs.size();
  blocks.repeat_first(used);
  exponents.repeat_first(used);
  primes.repeat_first(used);
  const auto status = mbx_rsa_private_mb8(blocks.pointers(), powers.pointers(), exponents.pointers(),
                                          primes.pointers(), bits, method, memory.get());
  memory.erase();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto by_p = 2 * i;
    const auto by_q = by_p + 1;
    computed[i] =
        computed[i] && status_of(status, by_p) == JobStatus::done &&
        status_of(status, by_q) == JobStatus::done &&
        libcrypto::rsa_recombine(*jobs[i]->rsa, Bytes(powers[by_p]).first(size),
                                 Bytes(powers[by_q]).first(size), MutableBytes(out[i]).first(2 * size));
  }
  return computed;
}

Computed private_results(Jobs jobs, std::array<RsaBlock, batch_size>& out) {
  return 2 * jobs.size() <= batch_size && has_halves(jobs[0]->bits) ? private_by_halves(jobs, out)
                                                                    : private_by_jobs(jobs, out);
}

}  // namespace

bool valid_rsa(const Job& job) {
  const std::size_t size = job.bits / 8;
  return job.rsa != nullptr && job.rsa->n.size() == size && (job.rsa->n.front() & 0x80) != 0 &&
         (job.rsa->n.back() & 1) != 0 && job.input.size() == size && job.output.size() == size &&
         std::ranges::lexicographical_compare(job.input, job.rsa->n);
}

unsigned full_rsa_private(unsigned bits) {
  return has_halves(bits) ? batch_size / 2 : batch_size;
}

bool takes_rsa(const Job& job) {
  return job.kind == JobKind::rsa_public ? is_65537(job.rsa->e) : halves_fit(*job.rsa);
}

void rsa_public(Jobs jobs) {
  std::array<RsaBlock, batch_size> results;
  const auto status = raise(jobs, inputs_of(jobs), results);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    std::ranges::copy(Bytes(results[i]).first(jobs[i]->output.size()), jobs[i]->output.begin());
    jobs[i]->status = status_of(status, i);
  }
}

void rsa_private(Jobs jobs) {
  std::array<RsaBlock, batch_size> results;
  std::array<RsaBlock, batch_size> again;
  const auto computed = private_results(jobs, results);
  // A fault in one of the two remainders would give the key away (Boneh, DeMillo, Lipton 1997).
  std::array<const int8u*, batch_size> in{};
  for (std::size_t i = 0; i < batch_size; ++i) in[i] = results[i < jobs.size() ? i : 0].data();
  const bool together = std::ranges::all_of(jobs, [](const Job* job) { return is_65537(job->rsa->e); });
  const auto check = together ? raise(jobs, in, again) : MBX_SET_STS_ALL(MBX_STATUS_OK);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    auto& job = *jobs[i];
    const auto result = Bytes(results[i]).first(job.output.size());
    const auto back = MutableBytes(again[i]).first(job.output.size());
    const bool raised =
        together ? status_of(check, i) == JobStatus::done : libcrypto::rsa_public(*job.rsa, result, back);
    if (computed[i] && raised && std::ranges::equal(back, job.input)) {
      std::ranges::copy(result, job.output.begin());
      job.status = JobStatus::done;
    } else {
      crypto::perform(job);  // which doesn't give a wrong result away either
    }
  }
  ::explicit_bzero(results.data(), sizeof(results));
}

}  // namespace mailtap::crypto::multibuffer
