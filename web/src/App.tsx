import { Route, Switch } from "wouter";
import { BlocksPage } from "./blocks/BlocksPage";
import { FeedPage } from "./feed/FeedPage";
import { ModerationPage } from "./moderation/ModerationPage";
import { NotificationsPage } from "./notifications/NotificationsPage";
import { useSession } from "./session";
import { NotFoundPage } from "./shell/NotFoundPage";
import { Shell } from "./shell/Shell";
import { SignedIn } from "./shell/SignedIn";
import { StudioPage } from "./studio/StudioPage";
import { TrendingPage } from "./trending/TrendingPage";

export function App() {
  const { user } = useSession();
  return (
    <Shell>
      {/* Another person begins with fresh pages. */}
      <Switch key={user?.id}>
        <Route path="/" component={FeedPage} />
        <Route path="/trending" component={TrendingPage} />
        <Route path="/studio">
          <SignedIn>
            <StudioPage />
          </SignedIn>
        </Route>
        <Route path="/notifications">
          <SignedIn>
            <NotificationsPage />
          </SignedIn>
        </Route>
        <Route path="/blocks">
          <SignedIn>
            <BlocksPage />
          </SignedIn>
        </Route>
        <Route path="/moderation">
          <SignedIn>
            <ModerationPage />
          </SignedIn>
        </Route>
        <Route component={NotFoundPage} />
      </Switch>
    </Shell>
  );
}
