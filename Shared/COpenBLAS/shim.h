// The door to openblas; only one Swift target imports it.
#pragma once
#include <cblas.h>
