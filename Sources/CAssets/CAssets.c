// Made by scripts/embed-python.sh: the files of python/nsml, each with its path below python/.
#include "CAssets.h"

// A source tree without the library still builds; a test compares this list with the directory.
#if __has_embed("../../python/nsml/__init__.py")

// The zero at the end lets an empty file have an array too; it is not part of the file.
static const unsigned char asset_0[] = {
#embed "../../python/nsml/__init__.py" suffix(, )
    0};
static const unsigned char asset_1[] = {
#embed "../../python/nsml/actions.py" suffix(, )
    0};
static const unsigned char asset_2[] = {
#embed "../../python/nsml/answers.py" suffix(, )
    0};
static const unsigned char asset_3[] = {
#embed "../../python/nsml/attributes.py" suffix(, )
    0};
static const unsigned char asset_4[] = {
#embed "../../python/nsml/bindings.py" suffix(, )
    0};
static const unsigned char asset_5[] = {
#embed "../../python/nsml/callbacks.py" suffix(, )
    0};
static const unsigned char asset_6[] = {
#embed "../../python/nsml/capturing.py" suffix(, )
    0};
static const unsigned char asset_7[] = {
#embed "../../python/nsml/checkpoints.py" suffix(, )
    0};
static const unsigned char asset_8[] = {
#embed "../../python/nsml/completion.py" suffix(, )
    0};
static const unsigned char asset_9[] = {
#embed "../../python/nsml/constants.py" suffix(, )
    0};
static const unsigned char asset_10[] = {
#embed "../../python/nsml/control.py" suffix(, )
    0};
static const unsigned char asset_11[] = {
#embed "../../python/nsml/decoder.py" suffix(, )
    0};
static const unsigned char asset_12[] = {
#embed "../../python/nsml/defaults.py" suffix(, )
    0};
static const unsigned char asset_13[] = {
#embed "../../python/nsml/describing.py" suffix(, )
    0};
static const unsigned char asset_14[] = {
#embed "../../python/nsml/encoder.py" suffix(, )
    0};
static const unsigned char asset_15[] = {
#embed "../../python/nsml/evaluation.py" suffix(, )
    0};
static const unsigned char asset_16[] = {
#embed "../../python/nsml/framing.py" suffix(, )
    0};
static const unsigned char asset_17[] = {
#embed "../../python/nsml/fresh.py" suffix(, )
    0};
static const unsigned char asset_18[] = {
#embed "../../python/nsml/inference.py" suffix(, )
    0};
static const unsigned char asset_19[] = {
#embed "../../python/nsml/interpreter.py" suffix(, )
    0};
static const unsigned char asset_20[] = {
#embed "../../python/nsml/interruption.py" suffix(, )
    0};
static const unsigned char asset_21[] = {
#embed "../../python/nsml/journal.py" suffix(, )
    0};
static const unsigned char asset_22[] = {
#embed "../../python/nsml/kinds.py" suffix(, )
    0};
static const unsigned char asset_23[] = {
#embed "../../python/nsml/media.py" suffix(, )
    0};
static const unsigned char asset_24[] = {
#embed "../../python/nsml/metrics.py" suffix(, )
    0};
static const unsigned char asset_25[] = {
#embed "../../python/nsml/moments.py" suffix(, )
    0};
static const unsigned char asset_26[] = {
#embed "../../python/nsml/naming.py" suffix(, )
    0};
static const unsigned char asset_27[] = {
#embed "../../python/nsml/notices.py" suffix(, )
    0};
static const unsigned char asset_28[] = {
#embed "../../python/nsml/numbers.py" suffix(, )
    0};
static const unsigned char asset_29[] = {
#embed "../../python/nsml/outside.py" suffix(, )
    0};
static const unsigned char asset_30[] = {
#embed "../../python/nsml/pausing.py" suffix(, )
    0};
static const unsigned char asset_31[] = {
#embed "../../python/nsml/pixels.py" suffix(, )
    0};
static const unsigned char asset_32[] = {
#embed "../../python/nsml/plots.py" suffix(, )
    0};
static const unsigned char asset_33[] = {
#embed "../../python/nsml/preprocessing.py" suffix(, )
    0};
static const unsigned char asset_34[] = {
#embed "../../python/nsml/programs.py" suffix(, )
    0};
static const unsigned char asset_35[] = {
#embed "../../python/nsml/py.typed" suffix(, )
    0};
static const unsigned char asset_36[] = {
#embed "../../python/nsml/questions.py" suffix(, )
    0};
static const unsigned char asset_37[] = {
#embed "../../python/nsml/randomness.py" suffix(, )
    0};
static const unsigned char asset_38[] = {
#embed "../../python/nsml/reaching.py" suffix(, )
    0};
static const unsigned char asset_39[] = {
#embed "../../python/nsml/records.py" suffix(, )
    0};
static const unsigned char asset_40[] = {
#embed "../../python/nsml/replay.py" suffix(, )
    0};
static const unsigned char asset_41[] = {
#embed "../../python/nsml/reports.py" suffix(, )
    0};
static const unsigned char asset_42[] = {
#embed "../../python/nsml/safepoint.py" suffix(, )
    0};
static const unsigned char asset_43[] = {
#embed "../../python/nsml/scopes.py" suffix(, )
    0};
static const unsigned char asset_44[] = {
#embed "../../python/nsml/session.py" suffix(, )
    0};
static const unsigned char asset_45[] = {
#embed "../../python/nsml/sources.py" suffix(, )
    0};
static const unsigned char asset_46[] = {
#embed "../../python/nsml/stacks.py" suffix(, )
    0};
static const unsigned char asset_47[] = {
#embed "../../python/nsml/staging.py" suffix(, )
    0};
static const unsigned char asset_48[] = {
#embed "../../python/nsml/submitting.py" suffix(, )
    0};
static const unsigned char asset_49[] = {
#embed "../../python/nsml/supervisor.py" suffix(, )
    0};
static const unsigned char asset_50[] = {
#embed "../../python/nsml/tensorboard.py" suffix(, )
    0};
static const unsigned char asset_51[] = {
#embed "../../python/nsml/tracing.py" suffix(, )
    0};

static const nsml_asset assets[] = {
    {"nsml/__init__.py", asset_0, sizeof asset_0 - 1},
    {"nsml/actions.py", asset_1, sizeof asset_1 - 1},
    {"nsml/answers.py", asset_2, sizeof asset_2 - 1},
    {"nsml/attributes.py", asset_3, sizeof asset_3 - 1},
    {"nsml/bindings.py", asset_4, sizeof asset_4 - 1},
    {"nsml/callbacks.py", asset_5, sizeof asset_5 - 1},
    {"nsml/capturing.py", asset_6, sizeof asset_6 - 1},
    {"nsml/checkpoints.py", asset_7, sizeof asset_7 - 1},
    {"nsml/completion.py", asset_8, sizeof asset_8 - 1},
    {"nsml/constants.py", asset_9, sizeof asset_9 - 1},
    {"nsml/control.py", asset_10, sizeof asset_10 - 1},
    {"nsml/decoder.py", asset_11, sizeof asset_11 - 1},
    {"nsml/defaults.py", asset_12, sizeof asset_12 - 1},
    {"nsml/describing.py", asset_13, sizeof asset_13 - 1},
    {"nsml/encoder.py", asset_14, sizeof asset_14 - 1},
    {"nsml/evaluation.py", asset_15, sizeof asset_15 - 1},
    {"nsml/framing.py", asset_16, sizeof asset_16 - 1},
    {"nsml/fresh.py", asset_17, sizeof asset_17 - 1},
    {"nsml/inference.py", asset_18, sizeof asset_18 - 1},
    {"nsml/interpreter.py", asset_19, sizeof asset_19 - 1},
    {"nsml/interruption.py", asset_20, sizeof asset_20 - 1},
    {"nsml/journal.py", asset_21, sizeof asset_21 - 1},
    {"nsml/kinds.py", asset_22, sizeof asset_22 - 1},
    {"nsml/media.py", asset_23, sizeof asset_23 - 1},
    {"nsml/metrics.py", asset_24, sizeof asset_24 - 1},
    {"nsml/moments.py", asset_25, sizeof asset_25 - 1},
    {"nsml/naming.py", asset_26, sizeof asset_26 - 1},
    {"nsml/notices.py", asset_27, sizeof asset_27 - 1},
    {"nsml/numbers.py", asset_28, sizeof asset_28 - 1},
    {"nsml/outside.py", asset_29, sizeof asset_29 - 1},
    {"nsml/pausing.py", asset_30, sizeof asset_30 - 1},
    {"nsml/pixels.py", asset_31, sizeof asset_31 - 1},
    {"nsml/plots.py", asset_32, sizeof asset_32 - 1},
    {"nsml/preprocessing.py", asset_33, sizeof asset_33 - 1},
    {"nsml/programs.py", asset_34, sizeof asset_34 - 1},
    {"nsml/py.typed", asset_35, sizeof asset_35 - 1},
    {"nsml/questions.py", asset_36, sizeof asset_36 - 1},
    {"nsml/randomness.py", asset_37, sizeof asset_37 - 1},
    {"nsml/reaching.py", asset_38, sizeof asset_38 - 1},
    {"nsml/records.py", asset_39, sizeof asset_39 - 1},
    {"nsml/replay.py", asset_40, sizeof asset_40 - 1},
    {"nsml/reports.py", asset_41, sizeof asset_41 - 1},
    {"nsml/safepoint.py", asset_42, sizeof asset_42 - 1},
    {"nsml/scopes.py", asset_43, sizeof asset_43 - 1},
    {"nsml/session.py", asset_44, sizeof asset_44 - 1},
    {"nsml/sources.py", asset_45, sizeof asset_45 - 1},
    {"nsml/stacks.py", asset_46, sizeof asset_46 - 1},
    {"nsml/staging.py", asset_47, sizeof asset_47 - 1},
    {"nsml/submitting.py", asset_48, sizeof asset_48 - 1},
    {"nsml/supervisor.py", asset_49, sizeof asset_49 - 1},
    {"nsml/tensorboard.py", asset_50, sizeof asset_50 - 1},
    {"nsml/tracing.py", asset_51, sizeof asset_51 - 1},
};

size_t nsml_asset_count(void) { return sizeof assets / sizeof assets[0]; }

#else

static const nsml_asset assets[] = {{"", 0, 0}};

size_t nsml_asset_count(void) { return 0; }

#endif

nsml_asset nsml_asset_at(size_t index) { return assets[index]; }
