// Memory from the kernel in huge pages, 2 MiB each: what thousands of handshakes touch is more than the
// processor's tables of 4 KiB pages cover. Where the allocator is tcmalloc, which asks for its memory here
// then, and the kernel gives huge pages to who advises them or to all
// (/sys/kernel/mm/transparent_hugepage/enabled); else nothing changes.
#pragma once

namespace mailtap {

/// For what is allocated from now on, by any thread. Once, at the beginning.
void use_huge_pages();

}  // namespace mailtap
