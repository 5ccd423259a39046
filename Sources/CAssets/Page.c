// Made by scripts/embed-page.sh: the files of web/, each with its path below it. What scripts/page-parts.sh has not laid out is
// left empty, so that a source tree without it still builds.
#include "CAssets.h"

#if __has_embed("../../web/app/ansi.js")
static const unsigned char page_0[] = {
#embed "../../web/app/ansi.js" suffix(, )
    0};
#else
static const unsigned char page_0[] = {0};
#endif
#if __has_embed("../../web/app/api.js")
static const unsigned char page_1[] = {
#embed "../../web/app/api.js" suffix(, )
    0};
#else
static const unsigned char page_1[] = {0};
#endif
#if __has_embed("../../web/app/code.js")
static const unsigned char page_2[] = {
#embed "../../web/app/code.js" suffix(, )
    0};
#else
static const unsigned char page_2[] = {0};
#endif
#if __has_embed("../../web/app/command.js")
static const unsigned char page_3[] = {
#embed "../../web/app/command.js" suffix(, )
    0};
#else
static const unsigned char page_3[] = {0};
#endif
#if __has_embed("../../web/app/diff.js")
static const unsigned char page_4[] = {
#embed "../../web/app/diff.js" suffix(, )
    0};
#else
static const unsigned char page_4[] = {0};
#endif
#if __has_embed("../../web/app/format.js")
static const unsigned char page_5[] = {
#embed "../../web/app/format.js" suffix(, )
    0};
#else
static const unsigned char page_5[] = {0};
#endif
#if __has_embed("../../web/app/log.js")
static const unsigned char page_6[] = {
#embed "../../web/app/log.js" suffix(, )
    0};
#else
static const unsigned char page_6[] = {0};
#endif
#if __has_embed("../../web/app/main.js")
static const unsigned char page_7[] = {
#embed "../../web/app/main.js" suffix(, )
    0};
#else
static const unsigned char page_7[] = {0};
#endif
#if __has_embed("../../web/app/router.js")
static const unsigned char page_8[] = {
#embed "../../web/app/router.js" suffix(, )
    0};
#else
static const unsigned char page_8[] = {0};
#endif
#if __has_embed("../../web/app/rows.js")
static const unsigned char page_9[] = {
#embed "../../web/app/rows.js" suffix(, )
    0};
#else
static const unsigned char page_9[] = {0};
#endif
#if __has_embed("../../web/app/series.js")
static const unsigned char page_10[] = {
#embed "../../web/app/series.js" suffix(, )
    0};
#else
static const unsigned char page_10[] = {0};
#endif
#if __has_embed("../../web/app/store.js")
static const unsigned char page_11[] = {
#embed "../../web/app/store.js" suffix(, )
    0};
#else
static const unsigned char page_11[] = {0};
#endif
#if __has_embed("../../web/app/texts.js")
static const unsigned char page_12[] = {
#embed "../../web/app/texts.js" suffix(, )
    0};
#else
static const unsigned char page_12[] = {0};
#endif
#if __has_embed("../../web/app/types.js")
static const unsigned char page_13[] = {
#embed "../../web/app/types.js" suffix(, )
    0};
#else
static const unsigned char page_13[] = {0};
#endif
#if __has_embed("../../web/index.html")
static const unsigned char page_14[] = {
#embed "../../web/index.html" suffix(, )
    0};
#else
static const unsigned char page_14[] = {0};
#endif
#if __has_embed("../../web/parts/basics.js")
static const unsigned char page_15[] = {
#embed "../../web/parts/basics.js" suffix(, )
    0};
#else
static const unsigned char page_15[] = {0};
#endif
#if __has_embed("../../web/parts/chart-group.js")
static const unsigned char page_16[] = {
#embed "../../web/parts/chart-group.js" suffix(, )
    0};
#else
static const unsigned char page_16[] = {0};
#endif
#if __has_embed("../../web/parts/chart.js")
static const unsigned char page_17[] = {
#embed "../../web/parts/chart.js" suffix(, )
    0};
#else
static const unsigned char page_17[] = {0};
#endif
#if __has_embed("../../web/parts/charts.js")
static const unsigned char page_18[] = {
#embed "../../web/parts/charts.js" suffix(, )
    0};
#else
static const unsigned char page_18[] = {0};
#endif
#if __has_embed("../../web/parts/columns.js")
static const unsigned char page_19[] = {
#embed "../../web/parts/columns.js" suffix(, )
    0};
#else
static const unsigned char page_19[] = {0};
#endif
#if __has_embed("../../web/parts/drawing.js")
static const unsigned char page_20[] = {
#embed "../../web/parts/drawing.js" suffix(, )
    0};
#else
static const unsigned char page_20[] = {0};
#endif
#if __has_embed("../../web/parts/fields.js")
static const unsigned char page_21[] = {
#embed "../../web/parts/fields.js" suffix(, )
    0};
#else
static const unsigned char page_21[] = {0};
#endif
#if __has_embed("../../web/parts/media.js")
static const unsigned char page_22[] = {
#embed "../../web/parts/media.js" suffix(, )
    0};
#else
static const unsigned char page_22[] = {0};
#endif
#if __has_embed("../../web/parts/prompt.js")
static const unsigned char page_23[] = {
#embed "../../web/parts/prompt.js" suffix(, )
    0};
#else
static const unsigned char page_23[] = {0};
#endif
#if __has_embed("../../web/parts/ranks.js")
static const unsigned char page_24[] = {
#embed "../../web/parts/ranks.js" suffix(, )
    0};
#else
static const unsigned char page_24[] = {0};
#endif
#if __has_embed("../../web/parts/sketch.js")
static const unsigned char page_25[] = {
#embed "../../web/parts/sketch.js" suffix(, )
    0};
#else
static const unsigned char page_25[] = {0};
#endif
#if __has_embed("../../web/parts/values.js")
static const unsigned char page_26[] = {
#embed "../../web/parts/values.js" suffix(, )
    0};
#else
static const unsigned char page_26[] = {0};
#endif
#if __has_embed("../../web/style/icon.svg")
static const unsigned char page_27[] = {
#embed "../../web/style/icon.svg" suffix(, )
    0};
#else
static const unsigned char page_27[] = {0};
#endif
#if __has_embed("../../web/style/page.css")
static const unsigned char page_28[] = {
#embed "../../web/style/page.css" suffix(, )
    0};
#else
static const unsigned char page_28[] = {0};
#endif
#if __has_embed("../../web/style/parts.css")
static const unsigned char page_29[] = {
#embed "../../web/style/parts.css" suffix(, )
    0};
#else
static const unsigned char page_29[] = {0};
#endif
#if __has_embed("../../web/style/tokens.css")
static const unsigned char page_30[] = {
#embed "../../web/style/tokens.css" suffix(, )
    0};
#else
static const unsigned char page_30[] = {0};
#endif
#if __has_embed("../../web/style/views.css")
static const unsigned char page_31[] = {
#embed "../../web/style/views.css" suffix(, )
    0};
#else
static const unsigned char page_31[] = {0};
#endif
#if __has_embed("../../web/vendor/echarts.js")
static const unsigned char page_32[] = {
#embed "../../web/vendor/echarts.js" suffix(, )
    0};
#else
static const unsigned char page_32[] = {0};
#endif
#if __has_embed("../../web/vendor/vue.js")
static const unsigned char page_33[] = {
#embed "../../web/vendor/vue.js" suffix(, )
    0};
#else
static const unsigned char page_33[] = {0};
#endif
#if __has_embed("../../web/views/code.js")
static const unsigned char page_34[] = {
#embed "../../web/views/code.js" suffix(, )
    0};
#else
static const unsigned char page_34[] = {0};
#endif
#if __has_embed("../../web/views/compare.js")
static const unsigned char page_35[] = {
#embed "../../web/views/compare.js" suffix(, )
    0};
#else
static const unsigned char page_35[] = {0};
#endif
#if __has_embed("../../web/views/dataset-settings.js")
static const unsigned char page_36[] = {
#embed "../../web/views/dataset-settings.js" suffix(, )
    0};
#else
static const unsigned char page_36[] = {0};
#endif
#if __has_embed("../../web/views/dataset.js")
static const unsigned char page_37[] = {
#embed "../../web/views/dataset.js" suffix(, )
    0};
#else
static const unsigned char page_37[] = {0};
#endif
#if __has_embed("../../web/views/datasets.js")
static const unsigned char page_38[] = {
#embed "../../web/views/datasets.js" suffix(, )
    0};
#else
static const unsigned char page_38[] = {0};
#endif
#if __has_embed("../../web/views/differences.js")
static const unsigned char page_39[] = {
#embed "../../web/views/differences.js" suffix(, )
    0};
#else
static const unsigned char page_39[] = {0};
#endif
#if __has_embed("../../web/views/events.js")
static const unsigned char page_40[] = {
#embed "../../web/views/events.js" suffix(, )
    0};
#else
static const unsigned char page_40[] = {0};
#endif
#if __has_embed("../../web/views/graph.js")
static const unsigned char page_41[] = {
#embed "../../web/views/graph.js" suffix(, )
    0};
#else
static const unsigned char page_41[] = {0};
#endif
#if __has_embed("../../web/views/infer.js")
static const unsigned char page_42[] = {
#embed "../../web/views/infer.js" suffix(, )
    0};
#else
static const unsigned char page_42[] = {0};
#endif
#if __has_embed("../../web/views/models.js")
static const unsigned char page_43[] = {
#embed "../../web/views/models.js" suffix(, )
    0};
#else
static const unsigned char page_43[] = {0};
#endif
#if __has_embed("../../web/views/overview.js")
static const unsigned char page_44[] = {
#embed "../../web/views/overview.js" suffix(, )
    0};
#else
static const unsigned char page_44[] = {0};
#endif
#if __has_embed("../../web/views/resources.js")
static const unsigned char page_45[] = {
#embed "../../web/views/resources.js" suffix(, )
    0};
#else
static const unsigned char page_45[] = {0};
#endif
#if __has_embed("../../web/views/session.js")
static const unsigned char page_46[] = {
#embed "../../web/views/session.js" suffix(, )
    0};
#else
static const unsigned char page_46[] = {0};
#endif
#if __has_embed("../../web/views/sessions.js")
static const unsigned char page_47[] = {
#embed "../../web/views/sessions.js" suffix(, )
    0};
#else
static const unsigned char page_47[] = {0};
#endif
#if __has_embed("../../web/views/side.js")
static const unsigned char page_48[] = {
#embed "../../web/views/side.js" suffix(, )
    0};
#else
static const unsigned char page_48[] = {0};
#endif
#if __has_embed("../../web/views/sign-in.js")
static const unsigned char page_49[] = {
#embed "../../web/views/sign-in.js" suffix(, )
    0};
#else
static const unsigned char page_49[] = {0};
#endif
#if __has_embed("../../web/views/tensorboard.js")
static const unsigned char page_50[] = {
#embed "../../web/views/tensorboard.js" suffix(, )
    0};
#else
static const unsigned char page_50[] = {0};
#endif
#if __has_embed("../../web/views/terminal.js")
static const unsigned char page_51[] = {
#embed "../../web/views/terminal.js" suffix(, )
    0};
#else
static const unsigned char page_51[] = {0};
#endif
#if __has_embed("../../web/views/usage.js")
static const unsigned char page_52[] = {
#embed "../../web/views/usage.js" suffix(, )
    0};
#else
static const unsigned char page_52[] = {0};
#endif

static const nsml_asset files[] = {
    {"app/ansi.js", page_0, sizeof page_0 - 1},
    {"app/api.js", page_1, sizeof page_1 - 1},
    {"app/code.js", page_2, sizeof page_2 - 1},
    {"app/command.js", page_3, sizeof page_3 - 1},
    {"app/diff.js", page_4, sizeof page_4 - 1},
    {"app/format.js", page_5, sizeof page_5 - 1},
    {"app/log.js", page_6, sizeof page_6 - 1},
    {"app/main.js", page_7, sizeof page_7 - 1},
    {"app/router.js", page_8, sizeof page_8 - 1},
    {"app/rows.js", page_9, sizeof page_9 - 1},
    {"app/series.js", page_10, sizeof page_10 - 1},
    {"app/store.js", page_11, sizeof page_11 - 1},
    {"app/texts.js", page_12, sizeof page_12 - 1},
    {"app/types.js", page_13, sizeof page_13 - 1},
    {"index.html", page_14, sizeof page_14 - 1},
    {"parts/basics.js", page_15, sizeof page_15 - 1},
    {"parts/chart-group.js", page_16, sizeof page_16 - 1},
    {"parts/chart.js", page_17, sizeof page_17 - 1},
    {"parts/charts.js", page_18, sizeof page_18 - 1},
    {"parts/columns.js", page_19, sizeof page_19 - 1},
    {"parts/drawing.js", page_20, sizeof page_20 - 1},
    {"parts/fields.js", page_21, sizeof page_21 - 1},
    {"parts/media.js", page_22, sizeof page_22 - 1},
    {"parts/prompt.js", page_23, sizeof page_23 - 1},
    {"parts/ranks.js", page_24, sizeof page_24 - 1},
    {"parts/sketch.js", page_25, sizeof page_25 - 1},
    {"parts/values.js", page_26, sizeof page_26 - 1},
    {"style/icon.svg", page_27, sizeof page_27 - 1},
    {"style/page.css", page_28, sizeof page_28 - 1},
    {"style/parts.css", page_29, sizeof page_29 - 1},
    {"style/tokens.css", page_30, sizeof page_30 - 1},
    {"style/views.css", page_31, sizeof page_31 - 1},
    {"vendor/echarts.js", page_32, sizeof page_32 - 1},
    {"vendor/vue.js", page_33, sizeof page_33 - 1},
    {"views/code.js", page_34, sizeof page_34 - 1},
    {"views/compare.js", page_35, sizeof page_35 - 1},
    {"views/dataset-settings.js", page_36, sizeof page_36 - 1},
    {"views/dataset.js", page_37, sizeof page_37 - 1},
    {"views/datasets.js", page_38, sizeof page_38 - 1},
    {"views/differences.js", page_39, sizeof page_39 - 1},
    {"views/events.js", page_40, sizeof page_40 - 1},
    {"views/graph.js", page_41, sizeof page_41 - 1},
    {"views/infer.js", page_42, sizeof page_42 - 1},
    {"views/models.js", page_43, sizeof page_43 - 1},
    {"views/overview.js", page_44, sizeof page_44 - 1},
    {"views/resources.js", page_45, sizeof page_45 - 1},
    {"views/session.js", page_46, sizeof page_46 - 1},
    {"views/sessions.js", page_47, sizeof page_47 - 1},
    {"views/side.js", page_48, sizeof page_48 - 1},
    {"views/sign-in.js", page_49, sizeof page_49 - 1},
    {"views/tensorboard.js", page_50, sizeof page_50 - 1},
    {"views/terminal.js", page_51, sizeof page_51 - 1},
    {"views/usage.js", page_52, sizeof page_52 - 1},
};

size_t nsml_page_count(void) { return sizeof files / sizeof files[0]; }

nsml_asset nsml_page_at(size_t index) { return files[index]; }
