// inet_pton and inet_ntop: Windows has them by the same names in headers of its own.
#pragma once

#include <winsock2.h>
#include <ws2tcpip.h>
