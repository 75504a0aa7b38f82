package playground

import "encoding/json"

// Role is whose token a tab wants; the empty one stands for any user's.
type Role string

// The roles of the examples.
const (
	Moderator Role = "ADMIN"
	Service   Role = "SERVICE"
	Machine   Role = "WORKER"
)

// Things are what the examples' variables name. Of what is missing here they name none.
type Things struct {
	// VideoIDs and JobIDs are what is polled: the first twenty and the first ten.
	VideoIDs, JobIDs []string
	// RunningJobID is a job of the user's that goes on for a while.
	RunningJobID string
	// NotificationIDs are some of the user's.
	NotificationIDs []string
	// UserID is the user, OtherIDs are those whom the user may block.
	UserID   string
	OtherIDs []string
	// CaseIDs are videos for moderators.
	CaseIDs []string
}

// Examples are operations that show what the API does, in the order in which a newcomer would want
// them. Operations that belong together share a tab. Who brings tokens gives each tab with a Role its Headers.
func Examples(things Things) []Tab {
	page := variables{"first": 20, "after": nil}
	return []Tab{
		{Title: "Poll", Query: pollQuery, Variables: variables{
			"videoIds": first(20, things.VideoIDs), "jobIds": first(10, things.JobIDs),
		}.text()},
		{Title: "Feed", Query: feedQuery, Variables: page.text()},
		{Title: "Trending", Query: trendingQuery, Variables: page.text()},
		{Title: "StartJob", Query: startJobQuery, Variables: variables{
			"input":  variables{"kind": "GENERATE", "prompt": "a paper boat on a river of stars"},
			"jobIds": first(3, things.JobIDs),
		}.text()},
		{Title: "JobProgress", Query: liveQuery, Variables: variables{
			"jobIds": things.running(), "videoIds": first(20, things.VideoIDs), "after": nil,
		}.text()},
		{Title: "MyJobs", Query: myJobsQuery, Variables: page.text()},
		{Title: "Notifications", Query: notificationsQuery, Variables: variables{
			"first": 20, "after": nil, "ids": first(20, things.NotificationIDs), "category": "LIKE",
		}.text()},
		{Title: "Me", Query: meQuery, Variables: variables{
			"userIds": first(2, things.OtherIDs), "videoIds": first(1, things.VideoIDs), "reason": "Spam or misleading",
		}.text()},
		{Title: "Moderation", Role: Moderator, Query: moderationQuery, Variables: variables{
			"videoIds": first(3, things.CaseIDs), "reason": "Looked at in the playground", "dryRun": true,
		}.text()},
		{Title: "RecordActivity", Role: Service, Query: recordActivityQuery, Variables: things.told().text()},
		{Title: "ClaimJobs", Role: Machine, Query: claimJobsQuery, Variables: variables{
			"kinds": []string{"GENERATE", "REMIX"}, "reports": things.reports(),
		}.text()},
	}
}

// variables are a tab's, of all its operations together: each takes those that it declares.
type variables map[string]any

func (v variables) text() string {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic("playground: " + err.Error()) // Texts, numbers and lists of them always become JSON.
	}
	return string(text)
}

// first makes an empty list of no ids, since null is no list of ids.
func first(n int, ids []string) []string {
	return append([]string{}, ids[:min(n, len(ids))]...)
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

# Marks some of them as read: ids are some of that
# list's. What is read already stays as it is.
mutation MarkRead($ids: [ID!]!) {
  markNotificationsRead(ids: $ids) {
    markedCount
    notifications {
      id
      readAt
    }
    unread {
      total
    }
  }
}

# All of a category; without a category, all.
mutation MarkAllRead($category: NotificationCategory) {
  markAllNotificationsRead(category: $category) {
    markedCount
    unread {
      total
      byCategory {
        category
        count
      }
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

# From then on their videos are in none of your feeds,
# and what they did in none of your notifications.
mutation BlockUsers($userIds: [ID!]!) {
  blockUsers(ids: $userIds) {
    blockedCount
    results {
      id
      status
      user {
        handle
      }
    }
  }
}

mutation UnblockUsers($userIds: [ID!]!) {
  unblockUsers(ids: $userIds) {
    unblockedCount
  }
}

# Tells the moderators, who see it in the tab
# Moderation.
mutation ReportVideos($videoIds: [ID!]!, $reason: String!) {
  reportVideos(ids: $videoIds, reason: $reason) {
    reportedCount
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

# With the variable dryRun nothing is deleted: the
# answer tells what would be.
mutation DeleteVideos($videoIds: [ID!]!, $reason: String!, $dryRun: Boolean!) {
  deleteVideos(ids: $videoIds, reason: $reason, dryRun: $dryRun) {
    deletedCount
    results {
      id
      status
    }
  }
}

# Puts back those of them that are deleted.
mutation RestoreVideos($videoIds: [ID!]!, $reason: String!) {
  restoreVideos(ids: $videoIds, reason: $reason) {
    restoredCount
  }
}

# Settles what was reported, and leaves them up.
mutation DismissReports($videoIds: [ID!]!, $reason: String!) {
  dismissReports(ids: $videoIds, reason: $reason) {
    dismissedCount
  }
}
`
