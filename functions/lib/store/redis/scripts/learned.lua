-- Which ids a generation has learned, and how many it keeps.
--
-- KEYS[1]  the set's pointer, as in commit.lua
-- ARGV     test time, generation ("" for the one in force), id, ...
-- Returns  { number of ids that are kept, { index of a learned id, ... } }   indexes from 0

local generation = ARGV[2]
if generation == '' then generation = redis.call('HGET', KEYS[1], 'generation') or '1' end
local base = string.sub(KEYS[1], 1, -4)
local ids = read_ids(redis.call('HGET', base .. 'state:' .. generation, 'ids'), time_of(ARGV[1]))
local wanted, count = {}, 0
for i = 3, #ARGV do wanted[i - 2] = ARGV[i] end
for _, epoch in ipairs(ids.epochs) do count = count + epoch[2] end
return { count, learned_among(base .. 'ids:' .. generation .. ':', ids, wanted) }
