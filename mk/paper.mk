# The paper's tables and figures (docs/reproduction.md). WEIGHTS is a file, or a folder of them.
PAPER = table2 table3 table4 table5 figure2 figure4 figure5 figure6 figure7 figure8
BACKBONE = wide_resnet50_2
PRESET = paper
SEEDS = 1
STUDY = --backbone $(BACKBONE) --preset $(PRESET) --seeds $(SEEDS) $(if $(DATA),--data "$(DATA)") \
        $(if $(WEIGHTS),--weights "$(WEIGHTS)") $(if $(EPOCHS),--epochs $(EPOCHS)) $(if $(DEVICE),--device $(DEVICE)) \
        $(if $(CATEGORIES),--categories $(CATEGORIES)) $(if $(JOBS),--jobs $(JOBS))
STUDY_FOLDER = results/$@-$(BACKBONE)-$(PRESET)$(if $(EPOCHS),-$(EPOCHS)-epochs)

mvtec-all: $(BUILD)/simplenet
	$(BUILD)/simplenet benchmark $(STUDY) --out $(or $(OUT),$(STUDY_FOLDER))

$(PAPER): $(BUILD)/simplenet
	$(BUILD)/simplenet paper $@ $(STUDY) --out $(or $(OUT),$(STUDY_FOLDER))

.PHONY: mvtec-all $(PAPER)
