/* One module opened: its image, and where its writable data lies. See modules.h. */
#include "locate/modules.h"

#include <string.h>

enum hog_status module_open(struct locator *locator, struct module *module)
{
    struct image *image = &module->image;

    if (module->opened)
        return module->status;
    module->opened = true;
    module->status = module->header
                         ? image_open(image, locator->memory, locator->arena, module->header, module->phdrs)
                         : HOG_NOT_FOUND;
    if (module->status != HOG_OK)
        return module->status;
    module->seen->bias = image->bias;
    module->seen->build_id_size = image->build_id_size;
    memcpy(module->seen->build_id, image->build_id, image->build_id_size);
    if (!module->seen->end) {
        module->seen->start = image->start;
        module->seen->end = image->end;
    }
    return HOG_OK;
}

/* Writable mappings of the module's file, and the anonymous one right behind, of a module without an image.
 */
static size_t data_of_mappings(const struct hog_process *process, const struct module *module,
                               struct data_range ret_ranges[DATA_RANGES_MAX])
{
    size_t count = 0;
    uint64_t end = 0;

    for (size_t i = 0; i < process->mapping_count && count < DATA_RANGES_MAX; i++) {
        const struct hog_mapping *mapping = &process->mappings[i];
        bool of_module = mapping->start >= module->seen->start && mapping->end <= module->seen->end;
        bool behind = mapping->start == end && !mapping->path[0];

        if (!mapping->writable || !(of_module || behind))
            continue;
        ret_ranges[count++] = (struct data_range){.start = mapping->start, .end = mapping->end};
        end = of_module ? mapping->end : 0;
    }
    return count;
}

static size_t add_range(struct data_range ranges[DATA_RANGES_MAX], size_t count, uint64_t start, uint64_t end,
                        bool is_bss)
{
    if (start < end && count < DATA_RANGES_MAX)
        ranges[count++] = (struct data_range){.start = start, .end = end, .is_bss = is_bss};
    return count;
}

/* .bss first: what is looked for was filled in at run time, or stands near its start. */
size_t module_data(struct locator *locator, struct module *module,
                   struct data_range ret_ranges[DATA_RANGES_MAX])
{
    size_t count = 0;

    if (module_open(locator, module) != HOG_OK)
        return data_of_mappings(locator->process, module, ret_ranges);
    for (size_t i = 0; i < module->image.phdr_count; i++) {
        const Elf64_Phdr *phdr = &module->image.phdrs[i];
        uint64_t start = module->image.bias + phdr->p_vaddr;
        uint64_t end = start + phdr->p_memsz;
        uint64_t bss = start + (phdr->p_filesz < phdr->p_memsz ? phdr->p_filesz : phdr->p_memsz);

        if (phdr->p_type != PT_LOAD || !(phdr->p_flags & PF_W) || end < start)
            continue;
        count = add_range(ret_ranges, count, bss, end, true);
        count = add_range(ret_ranges, count, start, bss, false);
    }
    return count;
}
