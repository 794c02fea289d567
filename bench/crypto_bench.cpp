// What one cryptographic operation costs in CPU time, by backend, called as TLS calls it (through mbedTLS),
// beside OpenSSL's own interface (EVP) in the same run. Build with the release preset; tables go to standard
// output.
//
//   crypto_bench            the operations of handshakes and records
//   crypto_bench --fills    what a multi-buffer call takes for what one operation does
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include <mbedtls/chachapoly.h>
#include <mbedtls/ecdh.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/gcm.h>
#include <mbedtls/rsa.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "config/base/random.h"
#include "tests/tls/crypto/rsa_key.h"
#include "tls/crypto/backend.h"
#include "tls/crypto/job.h"
#include "tls/crypto/mlkem.h"
#include "tls/crypto/multibuffer.h"

using namespace mailtap;
using namespace mailtap::crypto;

namespace {

double cpu_us() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

/// The least of several rounds: other processes only ever add.
double measure(const std::function<bool()>& operation) {
  constexpr double round_us = 15'000;
  constexpr int rounds = 5;
  if (!operation()) return -1;
  double best = 1e18;
  for (int round = 0; round < rounds; ++round) {
    const auto start = cpu_us();
    int count = 0;
    do {
      if (!operation()) return -1;
      ++count;
    } while (cpu_us() - start < round_us);
    best = std::min(best, (cpu_us() - start) / count);
  }
  return best;
}

void print(double us) {
  if (us < 0)
    std::printf(" %12s", "-");
  else
    std::printf(" %12.2f", us);
}

// Operations through mbedTLS.

struct Ec {
  explicit Ec(mbedtls_ecp_group_id id) {
    mbedtls_ecp_group_init(&group);
    mbedtls_mpi_init(&d);
    mbedtls_mpi_init(&z);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    mbedtls_ecp_point_init(&q);
    mbedtls_ecp_group_load(&group, id);
    mbedtls_ecdh_gen_public(&group, &d, &q, random_for_mbedtls, nullptr);
  }
  ~Ec() {
    mbedtls_ecp_group_free(&group);
    mbedtls_mpi_free(&d);
    mbedtls_mpi_free(&z);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
    mbedtls_ecp_point_free(&q);
  }
  Ec(const Ec&) = delete;
  Ec& operator=(const Ec&) = delete;

  bool gen_public() { return mbedtls_ecdh_gen_public(&group, &d, &q, random_for_mbedtls, nullptr) == 0; }
  bool shared() { return mbedtls_ecdh_compute_shared(&group, &z, &q, &d, random_for_mbedtls, nullptr) == 0; }
  bool sign() {
    return mbedtls_ecdsa_sign(&group, &r, &s, &d, hash.data(), hash.size(), random_for_mbedtls, nullptr) == 0;
  }
  bool verify() { return mbedtls_ecdsa_verify(&group, hash.data(), hash.size(), &q, &r, &s) == 0; }

  mbedtls_ecp_group group{};
  mbedtls_mpi d{}, z{}, r{}, s{};
  mbedtls_ecp_point q{};
  std::array<unsigned char, 32> hash{};
};

struct Rsa {
  explicit Rsa(const tests::RsaNumbers& key) : block(key.n.size(), 1), out(key.n.size()) {
    mbedtls_rsa_init(&context);
    mbedtls_rsa_import_raw(&context, key.n.data(), key.n.size(), key.p.data(), key.p.size(), key.q.data(),
                           key.q.size(), key.d.data(), key.d.size(), key.e.data(), key.e.size());
    mbedtls_rsa_complete(&context);
  }
  ~Rsa() { mbedtls_rsa_free(&context); }
  Rsa(const Rsa&) = delete;
  Rsa& operator=(const Rsa&) = delete;

  bool private_operation() {
    return mbedtls_rsa_private(&context, random_for_mbedtls, nullptr, block.data(), out.data()) == 0;
  }
  bool public_operation() { return mbedtls_rsa_public(&context, block.data(), out.data()) == 0; }

  mbedtls_rsa_context context{};
  Buffer block, out;
};

// The same by OpenSSL.

struct Evp {
  explicit Evp(EVP_PKEY* made) : key(made) {}
  ~Evp() { EVP_PKEY_free(key); }
  Evp(const Evp&) = delete;
  Evp& operator=(const Evp&) = delete;

  bool derive() const {
    auto* context = EVP_PKEY_CTX_new(key, nullptr);
    std::array<unsigned char, 128> out{};
    std::size_t size = out.size();
    const bool good = EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, key) == 1 &&
                      EVP_PKEY_derive(context, out.data(), &size) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
  }
  bool sign() {
    auto* context = EVP_PKEY_CTX_new(key, nullptr);
    signature.resize(1024);
    std::size_t size = signature.size();
    const bool good = EVP_PKEY_sign_init(context) == 1 &&
                      EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
                      EVP_PKEY_sign(context, signature.data(), &size, hash.data(), hash.size()) == 1;
    signature.resize(size);
    EVP_PKEY_CTX_free(context);
    return good;
  }
  bool verify() const {
    auto* context = EVP_PKEY_CTX_new(key, nullptr);
    const bool good =
        EVP_PKEY_verify_init(context) == 1 && EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
        EVP_PKEY_verify(context, signature.data(), signature.size(), hash.data(), hash.size()) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
  }

  EVP_PKEY* key;
  std::array<unsigned char, 32> hash{};
  Buffer signature;
};

// Eight jobs at a time.

struct Batch {
  /// A batch of `kind` on keys of its own.
  Batch(JobKind kind, unsigned bits, const tests::RsaNumbers* rsa_numbers) {
    const auto make = [&](JobKind of, const Buffer& scalar, const Buffer& point, const Buffer& signature,
                          std::size_t out_size) {
      Buffer out(out_size);
      Job job{.kind = of, .private_key = scalar, .public_key = point, .input = hash, .signature = signature};
      job.output = out;
      perform(job);
      return out;
    };
    for (std::size_t lane = 0; lane < batch_size; ++lane) {
      Buffer scalar;
      Buffer point;
      Buffer signature;
      if (rsa_numbers == nullptr && kind >= JobKind::x25519_public_key) {
        scalar.resize(32);
        random_bytes(scalar);
        point = make(JobKind::x25519_public_key, scalar, {}, {}, 32);
      } else if (rsa_numbers == nullptr) {
        const auto first = static_cast<unsigned>(kind) / 4 * 4;
        const std::size_t size = first == 0 ? 32 : first == 4 ? 48 : 66;
        scalar.resize(size);
        random_bytes(scalar);
        scalar[0] &= size == 66 ? 0 : 0x7f;
        point = make(static_cast<JobKind>(first), scalar, {}, {}, 2 * size);
        signature = make(static_cast<JobKind>(first + 2), scalar, {}, {}, 2 * size);
      }
      scalars.push_back(std::move(scalar));
      points.push_back(std::move(point));
      signatures.push_back(std::move(signature));
      outputs.emplace_back(rsa_numbers != nullptr ? bits / 8 : output_size(kind));
    }
    if (rsa_numbers != nullptr) {
      key = rsa_numbers->view(this);
      block.assign(bits / 8, 1);
    }
    for (std::size_t lane = 0; lane < batch_size; ++lane) {
      jobs[lane] = {.kind = kind,
                    .bits = static_cast<std::uint16_t>(bits),
                    .rsa = rsa_numbers != nullptr ? &key : nullptr,
                    .private_key = scalars[lane],
                    .public_key = points[lane],
                    .input = rsa_numbers != nullptr ? Bytes(block) : Bytes(hash),
                    .signature = signatures[lane],
                    .output = outputs[lane]};
      pointers[lane] = &jobs[lane];
    }
  }
  ~Batch() { forget_rsa(this); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  static std::size_t output_size(JobKind kind) {
    constexpr std::array<std::size_t, 14> sizes{64, 32, 64, 0, 96, 48, 96, 0, 132, 66, 132, 0, 32, 32};
    return sizes.at(static_cast<std::size_t>(kind));
  }

  bool together(std::size_t fill) {
    if (!multibuffer::why_not().empty()) return false;
    multibuffer::perform(std::span(pointers).first(fill));
    return std::ranges::all_of(std::span(jobs).first(fill),
                               [](auto& job) { return job.status == JobStatus::done; });
  }
  bool alone() {
    perform(jobs[0]);
    return jobs[0].status == JobStatus::done;
  }

  Buffer hash = Buffer(32, 7);
  Buffer block;
  RsaKey key;
  std::vector<Buffer> scalars, points, signatures, outputs;
  std::array<Job, batch_size> jobs;
  std::array<Job*, batch_size> pointers{};
};

struct Row {
  std::string name;
  std::function<bool()> by_mbedtls;
  JobKind kind;
  unsigned bits;
  const tests::RsaNumbers* rsa;
  std::function<bool()> by_openssl;
};

double with(Backend backend, const std::function<bool()>& operation) {
  if (!set_backend(backend)) return -1;
  return measure(operation);
}

void print_row(const Row& row) {
  std::printf("%-24s", row.name.c_str());
  print(with(Backend::portable, row.by_mbedtls));
  print(with(Backend::libcrypto, row.by_mbedtls));
  Batch batch(row.kind, row.bits, row.rsa);
  const auto full = full_batch(row.kind, row.bits);
  const double together = measure([&] { return batch.together(full); });
  print(together < 0 ? together : together / full);
  print(measure(row.by_openssl));
  std::printf("\n");
  std::fflush(stdout);
}

void handshakes() {
  std::printf("CPU us per operation; multibuffer: eight at a time\n");
  std::printf("%-24s %12s %12s %12s %12s\n", "", "portable", "libcrypto", "multibuffer", "OpenSSL EVP");
  struct Curve {
    const char* name;
    mbedtls_ecp_group_id group;
    JobKind first;
    const char* openssl;
  };
  const Curve curves[] = {{"P-256", MBEDTLS_ECP_DP_SECP256R1, JobKind::p256_public_key, "P-256"},
                          {"P-384", MBEDTLS_ECP_DP_SECP384R1, JobKind::p384_public_key, "P-384"},
                          {"P-521", MBEDTLS_ECP_DP_SECP521R1, JobKind::p521_public_key, "P-521"}};
  const auto next = [](JobKind kind, unsigned by) {
    return static_cast<JobKind>(static_cast<unsigned>(kind) + by);
  };
  for (const auto& curve : curves) {
    Ec ec(curve.group);
    Evp evp(EVP_EC_gen(curve.openssl));
    const std::string name = curve.name;
    print_row({name + " ephemeral key", [&] { return ec.gen_public(); }, curve.first, 0, nullptr,
               [&] {
                 EVP_PKEY_free(EVP_EC_gen(curve.openssl));
                 return true;
               }});
    print_row({name + " shared secret", [&] { return ec.shared(); }, next(curve.first, 1), 0, nullptr,
               [&] { return evp.derive(); }});
    print_row({name + " sign", [&] { return ec.sign(); }, next(curve.first, 2), 0, nullptr,
               [&] { return evp.sign(); }});
    print_row({name + " verify", [&] { return ec.verify(); }, next(curve.first, 3), 0, nullptr,
               [&] { return evp.verify(); }});
  }
  Ec x25519(MBEDTLS_ECP_DP_CURVE25519);
  Evp evp(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  print_row({"X25519 ephemeral key", [&] { return x25519.gen_public(); }, JobKind::x25519_public_key, 0,
             nullptr,
             [] {
               EVP_PKEY_free(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
               return true;
             }});
  print_row({"X25519 shared secret", [&] { return x25519.shared(); }, JobKind::x25519_shared_secret, 0,
             nullptr, [&] { return evp.derive(); }});
  for (const unsigned bits : {1024U, 2048U, 3072U, 4096U}) {
    const auto numbers = tests::make_rsa(bits);
    Rsa rsa(numbers);
    Evp openssl(EVP_RSA_gen(bits));
    const auto name = "RSA-" + std::to_string(bits);
    print_row({name + " private", [&] { return rsa.private_operation(); }, JobKind::rsa_private, bits,
               &numbers, [&] { return openssl.sign(); }});
    print_row({name + " public", [&] { return rsa.public_operation(); }, JobKind::rsa_public, bits, &numbers,
               [&] { return openssl.verify(); }});
  }
}

/// One by one, whatever the backend.
void mlkem() {
  if (mailtap_has_mlkem() == 0) return;
  const Buffer seed(mailtap_mlkem_seed, 1);
  const Buffer m(mailtap_mlkem_random, 2);
  Buffer public_key(mailtap_mlkem_public_key);
  Buffer private_key(mailtap_mlkem_private_key);
  Buffer ciphertext(mailtap_mlkem_ciphertext);
  Buffer secret(mailtap_mlkem_secret);
  std::printf("\n%-24s %12s\n", "CPU us", mailtap_mlkem_library());
  const auto row = [](const char* name, const std::function<bool()>& operation) {
    std::printf("%-24s", name);
    print(measure(operation));
    std::printf("\n");
  };
  row("ML-KEM-768 keys",
      [&] { return mailtap_mlkem_generate(seed.data(), public_key.data(), private_key.data()) == 1; });
  row("ML-KEM-768 encapsulate", [&] {
    return mailtap_mlkem_encapsulate(public_key.data(), m.data(), ciphertext.data(), secret.data()) == 1;
  });
  row("ML-KEM-768 decapsulate",
      [&] { return mailtap_mlkem_decapsulate(private_key.data(), ciphertext.data(), secret.data()) == 1; });
}

// Records and hashes.

template <class Context, class Crypt>
void print_record(const char* name, std::size_t size, Context& context, const Crypt& crypt,
                  const char* openssl) {
  Buffer in(size);
  Buffer out(size);
  std::array<unsigned char, 12> nonce{};
  std::array<unsigned char, 13> additional{};
  std::array<unsigned char, 16> tag{};
  const auto by_mbedtls = [&] { return crypt(context, in, nonce, additional, tag, out) == 0; };
  std::printf("%-18s %5zu", name, size);
  print(with(Backend::portable, by_mbedtls));
  print(with(Backend::libcrypto, by_mbedtls));
  print(with(Backend::multibuffer, by_mbedtls));
  auto* cipher = EVP_CIPHER_fetch(nullptr, openssl, nullptr);
  auto* evp = EVP_CIPHER_CTX_new();
  const Buffer key(32, 3);
  EVP_EncryptInit_ex2(evp, cipher, key.data(), nonce.data(), nullptr);
  print(measure([&] {
    int done = 0;
    return EVP_EncryptInit_ex2(evp, nullptr, nullptr, nonce.data(), nullptr) == 1 &&
           EVP_EncryptUpdate(evp, nullptr, &done, additional.data(), static_cast<int>(additional.size())) ==
               1 &&
           EVP_EncryptUpdate(evp, out.data(), &done, in.data(), static_cast<int>(in.size())) == 1 &&
           EVP_EncryptFinal_ex(evp, out.data(), &done) == 1 &&
           EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_GET_TAG, 16, tag.data()) == 1;
  }));
  std::printf("\n");
  EVP_CIPHER_CTX_free(evp);
  EVP_CIPHER_free(cipher);
}

void print_hash(const char* name, std::size_t size, const std::function<bool(Bytes, unsigned char*)>& hash,
                const EVP_MD* openssl) {
  const Buffer in(size);
  std::array<unsigned char, 64> out{};
  const auto by_mbedtls = [&] { return hash(in, out.data()); };
  std::printf("%-18s %5zu", name, size);
  print(with(Backend::portable, by_mbedtls));
  print(with(Backend::libcrypto, by_mbedtls));
  print(with(Backend::multibuffer, by_mbedtls));
  print(
      measure([&] { return EVP_Digest(in.data(), in.size(), out.data(), nullptr, openssl, nullptr) == 1; }));
  std::printf("\n");
}

void records() {
  std::printf("\nCPU us per record or message of so many bytes\n");
  std::printf("%-18s %5s %12s %12s %12s %12s\n", "", "bytes", "portable", "libcrypto", "multibuffer",
              "OpenSSL EVP");
  const Buffer key(32, 3);
  const auto gcm = [](mbedtls_gcm_context& context, const Buffer& in, auto& nonce, auto& additional,
                      auto& tag, Buffer& out) {
    return mbedtls_gcm_crypt_and_tag(&context, MBEDTLS_GCM_ENCRYPT, in.size(), nonce.data(), nonce.size(),
                                     additional.data(), additional.size(), in.data(), out.data(), tag.size(),
                                     tag.data());
  };
  for (const std::size_t size : {64, 1400, 16384}) {
    for (const unsigned bits : {128U, 256U}) {
      mbedtls_gcm_context context;
      mbedtls_gcm_init(&context);
      mbedtls_gcm_setkey(&context, MBEDTLS_CIPHER_ID_AES, key.data(), bits);
      print_record(bits == 128 ? "AES-128-GCM" : "AES-256-GCM", size, context, gcm,
                   bits == 128 ? "AES-128-GCM" : "AES-256-GCM");
      mbedtls_gcm_free(&context);
    }
    mbedtls_chachapoly_context context;
    mbedtls_chachapoly_init(&context);
    mbedtls_chachapoly_setkey(&context, key.data());
    print_record(
        "ChaCha20-Poly1305", size, context,
        [](mbedtls_chachapoly_context& chacha, const Buffer& in, auto& nonce, auto& additional, auto& tag,
           Buffer& out) {
          return mbedtls_chachapoly_encrypt_and_tag(&chacha, in.size(), nonce.data(), additional.data(),
                                                    additional.size(), in.data(), out.data(), tag.data());
        },
        "ChaCha20-Poly1305");
    mbedtls_chachapoly_free(&context);
    print_hash(
        "SHA-256", size,
        [](Bytes in, unsigned char* out) { return mbedtls_sha256(in.data(), in.size(), out, 0) == 0; },
        EVP_sha256());
    print_hash(
        "SHA-384", size,
        [](Bytes in, unsigned char* out) { return mbedtls_sha512(in.data(), in.size(), out, 1) == 0; },
        EVP_sha384());
  }
}

void print_fills(JobKind kind, unsigned bits, const tests::RsaNumbers* rsa) {
  Batch batch(kind, bits, rsa);
  std::printf("%-22s %4u", std::string(to_string(kind)).c_str(), bits);
  const double alone = measure([&] { return batch.alone(); });
  print(alone);
  const auto full = full_batch(kind, bits);
  const double call = measure([&] { return batch.together(full); });
  print(call);
  std::printf(" %5u %10.1f %10u\n", full, call < 0 ? full : call / alone, singles_up_to(kind, bits));
}

void fills() {
  std::printf(
      "CPU us: one by libcrypto, a multi-buffer call of full_batch(); how many of the first cost as much, "
      "singles_up_to()\n");
  std::printf("%-22s %4s %12s %12s %5s %10s %10s\n", "", "bits", "one", "call", "of", "equal at", "singles");
  for (unsigned kind = 0; kind < static_cast<unsigned>(JobKind::rsa_private); ++kind)
    print_fills(static_cast<JobKind>(kind), 0, nullptr);
  for (const unsigned bits : {1024U, 2048U, 3072U, 4096U}) {
    const auto numbers = tests::make_rsa(bits);
    print_fills(JobKind::rsa_private, bits, &numbers);
    print_fills(JobKind::rsa_public, bits, &numbers);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::printf("%s\n", describe_backend().c_str());
  if (argc > 1 && std::strcmp(argv[1], "--fills") == 0) {
    fills();
    return 0;
  }
  handshakes();
  mlkem();
  records();
  return 0;
}
