/** In CI properties are tried with the same inputs each time, so that what fails there fails here; elsewhere with others each time. */
import fc from 'fast-check';

const CI_SEED = 20_171_123;

if (process.env.CI === 'true') fc.configureGlobal({ seed: CI_SEED });
