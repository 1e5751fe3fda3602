//! What is no model by itself: the changes that an adapter has learned.

use super::error::FileProblem;
use super::source::TensorSource;

/// Refuses an adapter with a word on what to do with it.
pub(super) fn check(file: &dyn TensorSource) -> Result<(), FileProblem> {
    let mut names = file.tensors().iter().map(|tensor| &tensor.name);
    if !names
        .any(|name| name.contains("lora_") || name.contains(".lora.") || name.contains("adapter_"))
    {
        return Ok(());
    }
    Err(file.contradiction(
        "it is a LoRA adapter, the change that was learned and no model by itself; merge it into its model \
         first, where peft is: python -c \"from peft import AutoPeftModelForCausalLM as M; \
         M.from_pretrained('FOLDER').merge_and_unload().save_pretrained('merged')\""
            .to_owned(),
    ))
}
