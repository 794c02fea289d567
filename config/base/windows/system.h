// Windows's headers, in the order that they need.
#pragma once

// clang-format off
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <aclapi.h>
#include <bcrypt.h>
#include <fcntl.h>
#include <io.h>
#include <iphlpapi.h>
#include <psapi.h>
#include <sddl.h>
#include <shellapi.h>
#include <tlhelp32.h>
#include <wincrypt.h>
// clang-format on

// Words that nobody else could use for a name.
#undef far
#undef interface
#undef near
