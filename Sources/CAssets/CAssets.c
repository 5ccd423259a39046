#include "CAssets.h"

static const nsml_asset assets[] = {{"", 0, 0}};
size_t nsml_asset_count(void) { return 0; }
nsml_asset nsml_asset_at(size_t index) { return assets[index]; }
