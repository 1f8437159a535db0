// The door to png; only one Swift target imports it.
#pragma once
#include <png.h>
