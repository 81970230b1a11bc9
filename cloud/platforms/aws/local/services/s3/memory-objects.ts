/** Objects in memory, gone with the process. */
import { byBytes, type Objects, type StoredObject } from './objects.ts';

export function memoryObjects(): Objects {
  const buckets = new Map<string, Map<string, StoredObject>>();
  return {
    makeBucket: async (bucket) => {
      if (buckets.has(bucket)) return false;
      buckets.set(bucket, new Map());
      return true;
    },
    hasBucket: async (bucket) => buckets.has(bucket),
    put: async (bucket, key, object, onlyNew) => {
      const objects = buckets.get(bucket);
      if (objects === undefined || (onlyNew && objects.has(key))) return false;
      objects.set(key, object);
      return true;
    },
    get: async (bucket, key) => buckets.get(bucket)?.get(key),
    head: async (bucket, key) => buckets.get(bucket)?.get(key),
    delete: async (bucket, key) => void buckets.get(bucket)?.delete(key),
    keys: async (bucket) => [...(buckets.get(bucket)?.keys() ?? [])].sort(byBytes),
  };
}
