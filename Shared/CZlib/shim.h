// The door to z; only one Swift target imports it.
#pragma once
#include <zlib.h>
