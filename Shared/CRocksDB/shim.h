// The door to rocksdb; only one Swift target imports it.
#pragma once
#include <rocksdb/c.h>
