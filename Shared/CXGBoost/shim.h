// The door to xgboost; only one Swift target imports it.
#pragma once
#include <xgboost/c_api.h>
