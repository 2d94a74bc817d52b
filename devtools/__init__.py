"""What `./dev` does beyond installing: nothing here is part of the product."""
