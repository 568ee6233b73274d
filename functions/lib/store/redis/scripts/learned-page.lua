-- The ids that the generation in force has learned and keeps, some buckets at a time.
--
-- KEYS[1]  the set's pointer, as in commit.lua
-- ARGV     test time; where the page begins: the end of an epoch (hour) and a bucket of it, "" and "" for the first;
--          how many ids are enough
-- Returns  { hour until which they are kept, end and bucket where the next page begins ("" and "" for none), { id, ... } }

-- However empty they are.
local MOST_BUCKETS = 200

local base = string.sub(KEYS[1], 1, -4)
local generation = redis.call('HGET', KEYS[1], 'generation') or '1'
local ids = read_ids(redis.call('HGET', base .. 'state:' .. generation, 'ids'), time_of(ARGV[1]))
table.sort(ids.epochs, function(a, b) return a[1] < b[1] end)
local from_end, bucket = tonumber(ARGV[2]) or 0, tonumber(ARGV[3]) or 0

for i, epoch in ipairs(ids.epochs) do
  if epoch[1] >= from_end then
    -- What began in an epoch that has ended by now goes on at the next one's start.
    if epoch[1] > from_end then bucket = 0 end
    local found, looked = {}, 0
    while bucket < epoch[3] and #found < tonumber(ARGV[4]) and looked < MOST_BUCKETS do
      local key = base .. 'ids:' .. generation .. ':' .. epoch[1] .. ':' .. bucket
      for _, id in ipairs(redis.call('SMEMBERS', key)) do found[#found + 1] = id end
      bucket, looked = bucket + 1, looked + 1
    end
    if bucket < epoch[3] then return { epoch[1], tostring(epoch[1]), tostring(bucket), found } end
    local follows = ids.epochs[i + 1]
    return { epoch[1], follows and tostring(follows[1]) or '', follows and '0' or '', found }
  end
end
return { 0, '', '', {} }
