package playground

import "encoding/json"

// Examples are operations that show what the API answers, one tab each, in the order in which
// a newcomer would want them. Their variables name the first twenty of videoIDs and the first ten
// of jobIDs, which should be jobs of the user whose token Options.Headers carries; with fewer ids
// the answers are shorter.
//
// The last tab is for moderators: the caller gives it Headers with a moderator's token.
func Examples(videoIDs, jobIDs []string) []Tab {
	const page = "{\n  \"first\": 20,\n  \"after\": null\n}"
	return []Tab{
		{Title: "Poll", Query: pollQuery, Variables: pollVariables(videoIDs, jobIDs)},
		{Title: "Feed", Query: feedQuery, Variables: page},
		{Title: "Trending", Query: trendingQuery, Variables: page},
		{Title: "MyJobs", Query: myJobsQuery, Variables: page},
		{Title: "Notifications", Query: notificationsQuery, Variables: page},
		{Title: "Me", Query: meQuery},
		{Title: "Moderation", Query: moderationQuery},
	}
}

func pollVariables(videoIDs, jobIDs []string) string {
	// Of no ids it makes an empty list, since null is no list of ids.
	first := func(n int, ids []string) []string {
		return append([]string{}, ids[:min(n, len(ids))]...)
	}
	text, err := json.MarshalIndent(struct {
		VideoIDs []string `json:"videoIds"`
		JobIDs   []string `json:"jobIds"`
	}{first(20, videoIDs), first(10, jobIDs)}, "", "  ")
	if err != nil {
		panic("playground: " + err.Error()) // Lists of texts always become JSON.
	}
	return string(text)
}

const pollQuery = `# What an app asks every few seconds: the counters
# of twenty videos and the state of ten AI jobs, in
# one request, each in the order of its ids.
query Poll($videoIds: [ID!]!, $jobIds: [ID!]!) {
  videosMetadata(ids: $videoIds) {
    id
    viewCount
    likeCount
    commentCount
    remixCount
    glitchCount
    version
  }
  aiJobs(ids: $jobIds) {
    id
    kind
    status
    progress
    queuePosition
    resultUrl
    errorCode
    version
  }
}
`

const feedQuery = `# The newest videos with owners and counters. For
# the next page, set the variable "after" to this
# page's endCursor.
query Feed($first: Int!, $after: String) {
  feed(first: $first, after: $after) {
    nodes {
      id
      title
      thumbnailUrl
      createdAt
      owner {
        handle
        displayName
      }
      metadata {
        viewCount
        likeCount
        commentCount
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`

const trendingQuery = `# The most viewed videos, ranked afresh every few
# seconds.
query Trending($first: Int!, $after: String) {
  trendingVideos(first: $first, after: $after) {
    nodes {
      id
      title
      owner {
        handle
      }
      metadata {
        viewCount
        remixCount
        glitchCount
        updatedAt
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`

const myJobsQuery = `# Your AI jobs, newest first, with their place in
# the queue and the video they work on. The argument
# status: [QUEUED, PROCESSING] leaves only those.
query MyJobs($first: Int!, $after: String) {
  myAIJobs(first: $first, after: $after) {
    nodes {
      id
      kind
      status
      progress
      queuePosition
      prompt
      resultUrl
      error
      createdAt
      finishedAt
      sourceVideo {
        id
        title
        owner {
          handle
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`

const notificationsQuery = `# Your notifications, newest first, and the numbers
# for the unread badge, which count all of them.
query Notifications($first: Int!, $after: String) {
  notifications(first: $first, after: $after) {
    unread {
      total
      byCategory {
        category
        count
      }
    }
    nodes {
      id
      category
      title
      body
      createdAt
      readAt
      actor {
        handle
      }
      video {
        title
      }
      job {
        kind
        status
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`

const meQuery = `# Whose token the headers carry, and whom that user
# has blocked.
query Me {
  me {
    id
    handle
    displayName
    credits
  }
  blockedUsers(first: 10) {
    nodes {
      id
      handle
    }
  }
}
`

const moderationQuery = `# For moderators, whose token this tab's headers
# carry: what people reported, most reported first,
# and what moderators did, latest first.
query Moderation {
  reportedVideos(first: 10) {
    nodes {
      reportCount
      reasons
      lastReportedAt
      video {
        id
        title
        owner {
          handle
        }
      }
    }
  }
  moderationLog(first: 10) {
    nodes {
      kind
      videoId
      reason
      createdAt
      moderator {
        handle
      }
    }
  }
}
`
