#include "proxy/memory/huge_pages.h"

#ifdef MAILTAP_HAS_TCMALLOC

#include <cstddef>
#include <cstdint>
#include <new>

#include <gperftools/malloc_extension.h>
#include <sys/mman.h>

namespace mailtap {

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;

/// Called under tcmalloc's lock: allocates nothing itself.
class HugePages final : public SysAllocator {
 public:
  void* Alloc(std::size_t size, std::size_t* actual_size, std::size_t alignment) override {
    if (alignment > huge_page || size > SIZE_MAX - 2 * huge_page) return nullptr;
    const auto whole = (size + huge_page - 1) / huge_page * huge_page;
    void* const mapped =
        ::mmap(nullptr, whole + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return nullptr;
    auto* const begin = static_cast<std::byte*>(mapped);
    const auto before = (huge_page - reinterpret_cast<std::uintptr_t>(begin) % huge_page) % huge_page;
    auto* const aligned = begin + before;
    if (before != 0) (void)::munmap(begin, before);
    (void)::munmap(aligned + whole, huge_page - before);
    (void)::madvise(aligned, whole, MADV_HUGEPAGE);  // a kernel without them gives small ones
    if (actual_size != nullptr) *actual_size = whole;
    return aligned;
  }
};

}  // namespace

void use_huge_pages() {
  // Never destroyed: threads and static objects allocate until the very end.
  alignas(HugePages) static std::byte memory[sizeof(HugePages)];
  MallocExtension::instance()->SetSystemAllocator(new (memory) HugePages);
}

}  // namespace mailtap

#else

void mailtap::use_huge_pages() {}

#endif
